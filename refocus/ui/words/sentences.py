"""What the page says about engines and results."""

from collections.abc import Mapping

from refocus.engines import EngineSpec, Readiness, Refocused
from refocus.engines.captured import CAPTURED
from refocus.ui.words import say

EngineStates = Mapping[str, tuple[EngineSpec, Readiness]]
"""Every engine by its name, best first, with what it is and whether it can run."""


def finished(result: Refocused, language: str = "en") -> str:
    """The status line for a finished stack: what to do next, which engine, how long it took."""
    own = result.engine == CAPTURED
    height, width = result.stack.frames.shape[1:3]
    said = say(
        "status.finished",
        language,
        maker=say("status.fromPhotos", language) if own else say("status.byEngine", language, engine=result.engine),
        seconds=result.seconds["total"],
        frames=len(result.stack),
        width=width,
        height=height,
    )
    return said + say("status.recorded", language) if result.scene.disparity.origin == "recorded" else said


def notes(result: Refocused) -> str:
    """What the user should know about how the result came about, as a list."""
    return "\n".join(f"- {note}" for note in result.notes)


def engine_choice(spec: EngineSpec, readiness: Readiness, language: str = "en") -> str:
    """An engine as one line of a choice."""
    if readiness.only_by_name:
        return say("engine.slow", language, title=spec.title)
    return spec.title if readiness.ready else say("engine.notReady", language, title=spec.title)


def engine_state(name: str, states: EngineStates, language: str = "en") -> str:
    """What the chosen engine does and needs, or what is missing and what to do.

    Args:
        name: of the engine, or "auto".
        states: every engine.
        language: a code of `LANGUAGES`.
    """
    if name not in states:
        ready = [spec.title for spec, readiness in states.values() if readiness.ready and not readiness.only_by_name]
        return say("engine.takes", language, title=ready[0]) if ready else say("engine.none", language)
    spec, readiness = states[name]
    if readiness.only_by_name:
        return say("engine.slowState", language, summary=spec.summary, why=readiness.only_by_name)
    if readiness.ready:
        return say("engine.readyState", language, summary=spec.summary, needs=spec.needs)
    return say("engine.missingState", language, summary=spec.summary, why=readiness.why, todo=readiness.todo)
