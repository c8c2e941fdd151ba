"""What the page says about engines and results."""

from collections.abc import Mapping

from refocus.engines import EngineSpec
from refocus.engines.photo_stack import CAPTURED
from refocus.engines.registry import ENGINE_TITLES
from refocus.models.weights.downloadable import Readiness
from refocus.results import Refocused
from refocus.ui.security.shown_text import as_markdown, without_folders

EngineStates = Mapping[str, tuple[EngineSpec, Readiness]]
"""Every engine by its name, best first, with what it is and whether it can run."""

NEXT_STEP = "Drop in a photo, or open an example."
STOPPED = "Stopped."


def finished(result: Refocused) -> str:
    """The status line for a finished stack: what to do next, which engine, how long it took."""
    height, width = result.stack.frames.shape[1:3]
    own = result.engine == CAPTURED
    maker = "from your own photos" if own else f"by {ENGINE_TITLES.get(result.engine, result.engine)}"
    text = (
        f"**Tap what should be sharp, or drag the slider.** Made {maker} in {result.seconds['total']:.1f} s: "
        f"{len(result.stack)} frames of {width} × {height} px."
    )
    recorded = result.scene.disparity.origin == "recorded"
    return f"{text} Uses the depth your phone recorded." if recorded else text


def notes(result: Refocused) -> str:
    """What the user should know about how the result was made, as a list."""
    return "\n".join(f"- {_text(note)}" for note in result.notes)


def engine_choice(spec: EngineSpec, readiness: Readiness) -> str:
    """An engine as one line of a choice."""
    if readiness.only_by_name:
        return f"{spec.title} (slow here)"
    return spec.title if readiness.ready else f"{spec.title} (not ready)"


def engine_state(name: str, states: EngineStates) -> str:
    """What the chosen engine does and needs, or what is missing and what to do.

    Args:
        name: of the engine, or "auto".
        states: every engine.
    """
    if name not in states:
        ready = [spec.title for spec, readiness in states.values() if readiness.ready and not readiness.only_by_name]
        return f"Uses the best engine that is ready here: {ready[0]}." if ready else "No engine is ready here."
    spec, readiness = states[name]
    why, todo = _text(readiness.why), _text(readiness.todo)
    if readiness.only_by_name:
        return f"{spec.summary}\n\n**Slow here:** {_text(readiness.only_by_name)}."
    if readiness.ready:
        return f"{spec.summary} {spec.needs}"
    return f"{spec.summary}\n\n**Not ready:** {why} {todo}"


def _text(sentence: str) -> str:
    """A sentence as Markdown text, without the folders of the server."""
    return as_markdown(without_folders(sentence))
