"""Which engine runs: the one named, or the best that is ready."""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import BadInput, EngineNotReady
from refocus.core.settings import AUTO
from refocus.engines.contract import Engine


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that will run, and why it and not another; empty when it was named."""

    engine: Engine
    why: str


def engine_named(engines: Sequence[Engine], name: str) -> Engine:
    """The engine of that name, whether it can run here or not. Raises BadInput for a name that no engine has."""
    for engine in engines:
        if engine.spec.name == name:
            return engine
    known = ", ".join([AUTO, *(engine.spec.name for engine in engines)])
    raise BadInput(f"There is no engine {name!r}.", todo=f"Choose one of: {known}.")


def choose_engine(engines: Sequence[Engine], name: str) -> Choice:
    """The engine of that name, or for "auto" the first that is ready and does not only run by name.

    Raises:
        BadInput: for a name that no engine has.
        EngineNotReady: when the named engine cannot run here; another never replaces it.
    """
    if name == AUTO:
        return _best_ready(engines)
    engine = engine_named(engines, name)
    state = engine.readiness()
    if not state.ready:
        raise EngineNotReady(f"The engine {name} cannot run here: {state.why}", todo=state.todo)
    return Choice(engine, "")


def _best_ready(engines: Sequence[Engine]) -> Choice:
    passed_over: list[str] = []
    for engine in engines:
        state = engine.readiness()
        if state.ready and not state.only_by_name:
            why = f"{engine.spec.title} was chosen automatically"
            return Choice(engine, why + (f": {' '.join(passed_over)}" if passed_over else "."))
        lacking = "is only taken by name" if state.ready else "is not ready"
        passed_over.append(f"{engine.spec.title} {lacking} ({(state.only_by_name or state.why).rstrip('.')}).")
    raise EngineNotReady("No engine can run here.", todo="See `python -m refocus engines`.")
