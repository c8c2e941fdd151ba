"""What every part of the page builds on."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.events import Dependency

from refocus.engines import EngineSpec
from refocus.models.weights.downloadable import Readiness
from refocus.pipeline import RefocusPipeline
from refocus.ui.folders import ResultFolders

SESSION_S = 3600
"""How long a session's results are kept after its last use."""
RENDERING = "rendering"
"""Events of this concurrency group run one after the other: rendering uses every core."""
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Arguments of an event that is no endpoint for programs and shows no progress."""


def whatever_happens(event: Dependency, **what: Any) -> Dependency:
    """Do something when an event ends, well or not: gradio's own `then` leaves out events that failed.

    Args:
        event: what ends.
        what: arguments of `Dependency.then`.
    """
    event.failure(**what)
    return event.then(**what)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all sessions share.

    Attributes:
        pipeline: runs the engines.
        folders: where results go.
    """

    pipeline: RefocusPipeline
    folders: ResultFolders

    def engine_states(self) -> dict[str, tuple[EngineSpec, Readiness]]:
        """Every engine by its name, best first, with whether it can run here now."""
        return {engine.spec.name: (engine.spec, engine.readiness()) for engine in self.pipeline.engines}


@dataclass(frozen=True, slots=True)
class Session:
    """What the page keeps for one user; each is a gr.State.

    Attributes:
        made: the finished stack that is shown (`Made`), or None.
        shelf: all finished stacks of the session (`Shelved`), latest first.
        original: the photo's own file while the photo control shows a preview of it (`Original`), or None.
        moved_for: path of the photo for which the user moved the input position, or None.
    """

    made: gr.State
    shelf: gr.State
    original: gr.State
    moved_for: gr.State
