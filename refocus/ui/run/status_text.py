"""What the page says about engines and results."""

from collections.abc import Mapping

from refocus.core.settings import AUTO
from refocus.engines import EngineSpec
from refocus.engines.photo_stack import CAPTURED
from refocus.engines.registry import ENGINE_TITLES
from refocus.models.weights.downloadable import Readiness
from refocus.results import Refocused
from refocus.subjects.main_subject import MainSubject
from refocus.ui.security.shown_text import as_markdown, without_folders

EngineStates = Mapping[str, tuple[EngineSpec, Readiness]]
"""Every engine by its name, best first, with its spec and whether it can run."""

NEXT_STEP = "Open a photo, or an example."
STOPPED = "Stopped."
LOST = "This stack is no longer on the server. Press Refocus to make it again."


def finished_text(result: Refocused) -> str:
    """The status line for a finished stack: what to do next, which engine made it, how long it took."""
    height, width = result.stack.frames.shape[1:3]
    from_photos = result.engine == CAPTURED
    maker = "from your own photos" if from_photos else f"by {ENGINE_TITLES.get(result.engine, result.engine)}"
    text = (
        f"**Tap what should be sharp, or drag the slider.** Made {maker} in {result.seconds['total']:.1f} s: "
        f"{len(result.stack)} frames of {width} × {height} px."
    )
    recorded = result.scene.disparity.origin == "recorded"
    return f"{text} Uses the depth your phone recorded." if recorded else text


def notes_text(result: Refocused, subject: MainSubject) -> str:
    """What the user should know about how the result was made and what it opens on, as a Markdown list."""
    return "\n".join(f"- {_markdown(note)}" for note in (subject.explanation, *result.notes))


def engine_choices(states: EngineStates) -> list[tuple[str, str]]:
    """Label and name of the engines to choose from, those that are ready first."""
    ready_first = sorted(states.values(), key=lambda state: not state[1].ready)
    return [("Automatic", AUTO), *((_engine_label(*state), state[0].name) for state in ready_first)]


def _engine_label(spec: EngineSpec, readiness: Readiness) -> str:
    if readiness.only_by_name:
        return f"{spec.title} (slow here)"
    return spec.title if readiness.ready else f"{spec.title} (not ready)"


def engine_text(name: str, states: EngineStates) -> str:
    """What an engine does and needs, or what is missing and what to do.

    Args:
        name: of the engine, or "auto".
        states: every engine.
    """
    if name not in states:
        ready = [spec.title for spec, readiness in states.values() if readiness.ready and not readiness.only_by_name]
        return f"Uses the best engine that is ready here: {ready[0]}." if ready else "No engine is ready here."
    spec, readiness = states[name]
    if readiness.only_by_name:
        return f"{spec.summary}\n\n**Slow here:** {_markdown(readiness.only_by_name)}."
    if readiness.ready:
        return f"{spec.summary} {spec.needs}"
    return f"{spec.summary}\n\n**Not ready:** {_markdown(readiness.why)} {_markdown(readiness.todo)}"


def _markdown(sentence: str) -> str:
    """A sentence as Markdown text, without the folders of the server."""
    return as_markdown(without_folders(sentence))
