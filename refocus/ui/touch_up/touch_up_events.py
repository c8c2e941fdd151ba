"""Connects the touch-up with the stack that is shown."""

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.ui.app_context import QUIET, RENDERING, SESSION_S, whatever_happens
from refocus.ui.photo.photo_tab import Page
from refocus.ui.run.actions import Visit, told_to_the_user
from refocus.ui.run.session_result import Made
from refocus.ui.shelf.shelf import Shelved
from refocus.ui.touch_up.touch_up_panel import TouchUp
from refocus.ui.touch_up.touch_up_session import Touching
from refocus.ui.touch_up.touch_up_view import TouchUpView, drawn_in


def wire_touch_up(page: Page) -> None:
    """Connect the panel of the picture side."""
    panel, session = page.picture_side.touch_up, page.session
    touching = gr.State(None, time_to_live=SESSION_S)

    def apply(
        made: Made | None,
        shelf: Shelved,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        visit = Visit.of(request, progress)
        if made is None:
            return
        with told_to_the_user():
            strokes, _ = drawn_in(event)
            for shown in page.handlers.touch_up(made, strokes, visit):
                yield page.updates(shown, None, shelf)

    panel.begin(_begin, [session.made], [panel, touching], **QUIET)
    panel.draw(_draw, [session.made, touching], [panel, touching], concurrency_limit=1, **QUIET)
    applied = panel.finish(
        apply,
        [session.made, session.shelf],
        page.places(),
        api_visibility="private",
        show_progress_on=[page.picture_side.status],
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
    whatever_happens(applied, fn=lambda: TouchUp(ended=secrets.token_hex(4)), outputs=[panel], **QUIET)


def _begin(made: Made | None) -> tuple[Any, Any]:
    with told_to_the_user():
        if made is None:
            return gr.skip(), gr.skip()
        touching = Touching.begun(made)
        return touching.view(0), touching
    return gr.skip(), gr.skip()


def _draw(made: Made | None, touching: Touching | None, event: gr.EventData) -> tuple[TouchUpView, Touching]:
    with told_to_the_user():
        if made is None:
            return gr.skip(), gr.skip()
        strokes, number = drawn_in(event)
        if touching is None or touching.made is not made:
            touching = Touching.begun(made)
        touching = touching.drawn(strokes)
        return touching.view(number), touching
    return gr.skip(), gr.skip()
