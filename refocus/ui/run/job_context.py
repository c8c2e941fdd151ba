"""The user or program that requested a job, and how progress and errors are reported to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import gradio as gr

from refocus.core import Cancelled
from refocus.ui.security.queue_limits import client_has_left
from refocus.ui.security.shown_text import errors_as_toasts


@dataclass(frozen=True, slots=True, eq=False)
class JobContext:
    """The user or program that requested a job.

    Attributes:
        progress: gradio's progress bar.
        session: names the user's session, for its Stop button.
        on_page: whether it was the page, where toasts are HTML, or a program.
        has_left: whether the client has disconnected.
        number: what `StopRequests.replace` returned for the job; None for one that replaces no other.
    """

    progress: gr.Progress
    session: str = ""
    on_page: bool = False
    has_left: Callable[[], bool] = field(default_factory=client_has_left)
    number: int | None = None

    @classmethod
    def of(cls, request: gr.Request, progress: gr.Progress, number: int | None = None) -> "JobContext":
        """The context of a request of the page."""
        return cls(progress, session_of(request), on_page=True, number=number)

    def report(self, stage: str, fraction: float) -> None:
        """A `Progress` that the user sees. Raises `Cancelled` when they have left."""
        if self.has_left():
            raise Cancelled
        self.progress(fraction, desc=stage)

    def errors_as_toasts(self) -> AbstractContextManager[None]:
        """As `toasts.errors_as_toasts`, for whoever asked."""
        return errors_as_toasts(on_page=self.on_page)


def session_of(request: gr.Request) -> str:
    """The name of the session a request belongs to; "" when it has none."""
    return str(request.session_hash or "")
