"""What every part of the page builds on: the pipeline, the folders, the session's state and shared event arguments."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from refocus.core import RefocusError
from refocus.core.settings import AUTO
from refocus.engines import EngineSpec
from refocus.models.weights.downloadable import Readiness
from refocus.pipeline import RefocusPipeline
from refocus.ui.folders import ResultFolders
from refocus.ui.run.background import StopRequests

RENDERING = "rendering"
"""Concurrency group of events that render: one at a time, since rendering uses every core."""
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Arguments of an event that is no endpoint for programs and shows no progress."""
RENDERS: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 1, "concurrency_id": RENDERING}
"""Arguments of an event of the page that renders."""
NEXT_PHOTO = ""
"""In place of a path: the input position of a link, for the photo that comes next."""


def after_success_or_failure(event: Dependency, **then: Any) -> Dependency:
    """Run another event when one ends, also when it failed: gradio's own `then` leaves out events that failed.

    Args:
        event: the first event.
        then: arguments of `Dependency.then`.
    """
    event.failure(**then)
    return event.then(**then)


def signal_end(event: Dependency, component: Component, prop: str) -> None:
    """Set a prop of a component to a new value when an event has ended, also when it failed."""
    kind: Any = type(component)
    ended = {"fn": lambda: kind(**{prop: secrets.token_hex(4)}), "outputs": [component]}
    after_success_or_failure(event, **ended, **QUIET)


@dataclass(frozen=True, slots=True)
class AppContext:
    """What all sessions share.

    Attributes:
        pipeline: runs the engines.
        folders: where results are written.
        photo_jobs: the running jobs of the Photo tab.
        compare_jobs: the running jobs of the Compare tab.
    """

    pipeline: RefocusPipeline
    folders: ResultFolders
    photo_jobs: StopRequests = field(default_factory=StopRequests)
    compare_jobs: StopRequests = field(default_factory=StopRequests)

    def engine_states(self) -> dict[str, tuple[EngineSpec, Readiness]]:
        """Every engine by its name, best first, with whether it can run here now."""
        return {engine.spec.name: (engine.spec, engine.readiness()) for engine in self.pipeline.engines}

    def engine_spec(self, name: str) -> EngineSpec:
        """The spec of an engine, or of the one that "auto" currently selects; without options for an unknown name."""
        try:
            return (self.pipeline.choose(AUTO).engine if name == AUTO else self.pipeline.engine(name)).spec
        except RefocusError:
            return EngineSpec(name, name, "", "")

    def forget_session(self, session: str, *, had_page: bool) -> None:
        """Drop the stop requests and the files of a session that has ended; as `ResultFolders.end_session`."""
        for jobs in (self.photo_jobs, self.compare_jobs):
            jobs.forget(session)
        self.folders.end_session(session, had_page=had_page)


@dataclass(frozen=True, slots=True)
class SessionState:
    """What the page keeps for one user; each is a gr.State.

    Attributes:
        result: the finished stack that is shown (`SessionResult`), or None.
        wanted: the look and depth that were wanted last (`Wanted`), or None.
        shelf: all finished stacks of the session, latest first.
        position_set_for: path of the photo for which the user set the input position, `NEXT_PHOTO` when a link set it
            for the photo that comes next, or None.
        made: what prompts made in the session (`MadePictures`), latest first.
    """

    result: gr.State
    wanted: gr.State
    shelf: gr.State
    position_set_for: gr.State
    made: gr.State
