"""The page's words, in one place."""

from collections.abc import Mapping

from refocus.engines import EngineSpec, Readiness, Refocused
from refocus.engines.captured import CAPTURED

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
    maker = "from your own photos" if result.engine == CAPTURED else f"by {result.engine}"
    height, width = result.stack.frames.shape[1:3]
    return (
        f"**Tap what should be sharp, or drag the slider.** Made {maker} in {result.seconds['total']:.1f} s: "
        f"{len(result.stack)} frames of {width} × {height} px."
    )


def notes(result: Refocused) -> str:
    """What the user should know about how the result came about, as a list."""
    return "\n".join(f"- {note}" for note in result.notes)


def engine_choice(spec: EngineSpec, readiness: Readiness) -> str:
    """An engine as one line of a choice."""
    if readiness.only_by_name:
        return f"{spec.title} (slow here)"
    return spec.title if readiness.ready else f"{spec.title} (not ready)"


def engine_state(name: str, states: Mapping[str, tuple[EngineSpec, Readiness]]) -> str:
    """What the chosen engine does and needs, or what is missing and what to do.

    Args:
        name: of the engine, or "auto".
        states: every engine by its name, best first.
    """
    if name not in states:
        ready = [spec.title for spec, readiness in states.values() if readiness.ready and not readiness.only_by_name]
        return f"Takes the best that is ready here: {ready[0]}." if ready else "None is ready here."
    spec, readiness = states[name]
    if readiness.only_by_name:
        return f"{spec.summary}\n\n**Slow here:** {readiness.only_by_name}."
    if readiness.ready:
        return f"{spec.summary} {spec.needs}"
    return f"{spec.summary}\n\n**Not ready:** {readiness.why} {readiness.todo}"
