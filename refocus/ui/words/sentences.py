"""What the page says about engines and results."""

from collections.abc import Mapping

from refocus.engines import EngineSpec, Readiness, Refocused
from refocus.engines.captured import CAPTURED
from refocus.engines.registry import ENGINE_TITLES
from refocus.ui.shown_text import as_markdown, without_folders
from refocus.ui.words import say
from refocus.ui.words.translation import translated

EngineStates = Mapping[str, tuple[EngineSpec, Readiness]]
"""Every engine by its name, best first, with what it is and whether it can run."""


def finished(result: Refocused, language: str = "en") -> str:
    """The status line for a finished stack: what to do next, which engine, how long it took."""
    own = result.engine == CAPTURED
    engine = translated(ENGINE_TITLES.get(result.engine, result.engine), language)
    height, width = result.stack.frames.shape[1:3]
    said = say(
        "status.finished",
        language,
        maker=say("status.fromPhotos", language) if own else say("status.byEngine", language, engine=engine),
        seconds=result.seconds["total"],
        frames=len(result.stack),
        width=width,
        height=height,
    )
    return said + say("status.recorded", language) if result.scene.disparity.origin == "recorded" else said


def notes(result: Refocused, language: str = "en") -> str:
    """What the user should know about how the result came about, as a list."""
    return "\n".join(f"- {as_markdown(without_folders(translated(note, language)))}" for note in result.notes)


def engine_choice(spec: EngineSpec, readiness: Readiness, language: str = "en") -> str:
    """An engine as one line of a choice."""
    title = translated(spec.title, language)
    if readiness.only_by_name:
        return say("engine.slow", language, title=title)
    return title if readiness.ready else say("engine.notReady", language, title=title)


def engine_state(name: str, states: EngineStates, language: str = "en") -> str:
    """What the chosen engine does and needs, or what is missing and what to do.

    Args:
        name: of the engine, or "auto".
        states: every engine.
        language: a code of `LANGUAGES`.
    """
    if name not in states:
        ready = [spec.title for spec, readiness in states.values() if readiness.ready and not readiness.only_by_name]
        if not ready:
            return say("engine.none", language)
        return say("engine.takes", language, title=translated(ready[0], language))
    spec, readiness = states[name]
    said = {
        "summary": spec.summary,
        "needs": spec.needs,
        "why": readiness.only_by_name or readiness.why,
        "todo": readiness.todo,
    }
    kind = "slow" if readiness.only_by_name else "ready" if readiness.ready else "missing"
    shown = {part: as_markdown(without_folders(translated(text, language))) for part, text in said.items()}
    return say(f"engine.{kind}State", language, **shown)
