"""The page's words, in one place."""

from collections.abc import Sequence

from refocus.engines import EngineSpec, Readiness, Refocused

TITLE = "Refocus"
TAGLINE = (
    "A photo's focus is fixed when the shutter closes. Give it back: drop in a photo, then tap what should be sharp."
)
NEXT_PHOTO = "Drop in a photo, or open an example."
WORKING = ""
FAILED = "Something went wrong that should not have. Try again or with another photo; the log says more."
AUTOMATIC = "Automatic"


def finished(result: Refocused) -> str:
    """The status line for a finished stack: what to do next, which engine, how long it took."""
    seconds = result.seconds["total"]
    return (
        f"**Tap what should be sharp, or drag the slider.** "
        f"Made by {result.engine} in {seconds:.1f} s: {len(result.stack)} frames of "
        f"{result.stack.frames.shape[2]} × {result.stack.frames.shape[1]} px."
    )


def notes(result: Refocused) -> str:
    """What the user should know about how the result came about, as a list."""
    return "\n".join(f"- {note}" for note in result.notes)


def engine_choice(spec: EngineSpec, readiness: Readiness) -> str:
    """An engine as one line of a choice."""
    if readiness.only_by_name:
        return f"{spec.title} (slow here)"
    return spec.title if readiness.ready else f"{spec.title} (not ready)"


def engines_info(states: Sequence[tuple[EngineSpec, Readiness]]) -> str:
    """One line an engine: what it does and needs, or what is missing and what to do."""
    return "\n".join(f"{spec.title}: {_engine_state(spec, readiness)}" for spec, readiness in states)


def _engine_state(spec: EngineSpec, readiness: Readiness) -> str:
    if readiness.only_by_name:
        return f"{spec.summary} Only when chosen: {readiness.only_by_name}."
    if readiness.ready:
        return f"{spec.summary} {spec.needs}"
    return f"not ready: {readiness.why} {readiness.todo}"
