"""Connects the touch-up panel with the stack that is shown."""

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.ui.app_context import QUIET, RENDERS, SESSION_S, after_success_or_failure
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import touch_up_result
from refocus.ui.security.toasts import errors_as_toasts
from refocus.ui.touch_up.touch_up_panel import TouchUpPanel, TouchUpView, read_strokes
from refocus.ui.touch_up.touch_up_session import TouchUpSession


def connect_touch_up(tab: PhotoTab) -> None:
    """Connect the touch-up panel of the Photo tab."""
    panel, state = tab.result.touch_up, tab.state
    session = gr.State(None, time_to_live=SESSION_S)

    def apply(
        result: SessionResult | None,
        shelf: tuple[SessionResult, ...],
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        job = JobContext.of(request, progress)
        if result is None:
            return
        with errors_as_toasts():
            strokes, _ = read_strokes(event)
            yield from tab.show_updates(touch_up_result(tab.context, result, strokes, job), result, shelf)

    panel.begin(_begin, [state.result], [panel, session], **QUIET)
    panel.draw(_draw, [state.result, session], [panel, session], concurrency_limit=1, **QUIET)
    applied = panel.finish(
        apply, [state.result, state.shelf], tab.outputs(), show_progress_on=[tab.result.status], **RENDERS
    )
    ended = {"fn": lambda: TouchUpPanel(ended=secrets.token_hex(4)), "outputs": [panel]}
    after_success_or_failure(applied, **ended, **QUIET)


def _begin(result: SessionResult | None) -> tuple[Any, Any]:
    with errors_as_toasts():
        if result is not None:
            session = TouchUpSession.start(result)
            return session.view(0), session
    return gr.skip(), gr.skip()


def _draw(
    result: SessionResult | None, session: TouchUpSession | None, event: gr.EventData
) -> tuple[TouchUpView, TouchUpSession]:
    with errors_as_toasts():
        if result is not None:
            strokes, number = read_strokes(event)
            if session is None or session.result is not result:
                session = TouchUpSession.start(result)
            session = session.with_strokes(strokes)
            return session.view(number), session
    return gr.skip(), gr.skip()
