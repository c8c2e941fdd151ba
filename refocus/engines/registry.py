"""All engines, built from the settings, and which of them runs: the one named, or the best that is ready."""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import BadInput, EngineNotReady
from refocus.core.settings import AUTO, Settings
from refocus.depth.sources import DepthSources
from refocus.engines.contract import Engine
from refocus.engines.generative.engine import SPEC as GENERATIVE
from refocus.engines.generative.engine import GenerativeEngine
from refocus.engines.generative.weights import SPECS as GENERATIVE_SPECS
from refocus.engines.thin_lens_engine import SPEC as THIN_LENS
from refocus.engines.thin_lens_engine import ThinLensEngine
from refocus.engines.video_diffusion.engine import SPEC as VIDEO
from refocus.engines.video_diffusion.engine import VideoDiffusionEngine
from refocus.engines.video_diffusion.model import SPECS as VIDEO_SPECS
from refocus.models.focal_stack.memory import CPU_MODES as VIDEO_CPU_MODES
from refocus.models.focal_stack.memory import MODES as VIDEO_MODES
from refocus.models.generative_refocus.memory import CPU_MODE as FLUX_CPU_MODE
from refocus.models.generative_refocus.memory import MODES as FLUX_MODES
from refocus.models.weights.spec import check_known

ENGINE_TITLES = {spec.name: spec.title for spec in (VIDEO, GENERATIVE, THIN_LENS)}
"""Name for display of each engine, by its name."""
_VIDEO_MEMORY = tuple(mode.name for mode in (*VIDEO_MODES, *VIDEO_CPU_MODES))
_FLUX_MEMORY = tuple(mode.name for mode in (*FLUX_MODES, FLUX_CPU_MODE))


def all_engines(settings: Settings, depth: DepthSources) -> tuple[Engine, ...]:
    """The engines in the order in which "auto" tries them: the video model is faster than the generative engine.

    Args:
        settings: weights, device, memory.
        depth: disparity for the engines that need it.

    Raises:
        BadInput: for a memory mode or a repository of weights that no engine has.
    """
    revisions = dict(settings.revisions)
    check_known(revisions, (*VIDEO_SPECS, *GENERATIVE_SPECS))
    video_memory, generative_memory = _memory_modes(settings.memory)
    return (
        VideoDiffusionEngine(
            models=settings.models,
            device=settings.device,
            zero_gpu=settings.zero_gpu,
            memory=video_memory,
            revisions=revisions,
        ),
        GenerativeEngine(
            models=settings.models,
            device=settings.device,
            zero_gpu=settings.zero_gpu,
            memory=generative_memory,
            depth=depth,
            revisions=revisions,
        ),
        ThinLensEngine(depth=depth),
    )


def _memory_modes(chosen: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The memory modes of the video engine and of the generative engine, from the names in the settings.

    Raises:
        BadInput: for a name that no engine has, or two names of one engine.
    """
    own = [[name for name in chosen if name in names] for names in (_VIDEO_MEMORY, _FLUX_MEMORY)]
    if sum(map(len, own)) < len(chosen) or any(len(names) > 1 for names in own):
        raise BadInput(
            f"REFOCUS_MEMORY is {'; '.join(chosen)!r}.",
            todo=f"Name at most one of these for video-diffusion: {'; '.join(_VIDEO_MEMORY)}; and one of these for "
            f"generative: {'; '.join(_FLUX_MEMORY)}; separated by a semicolon.",
        )
    video, flux = (next(iter(names), None) for names in own)
    return video, flux


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
