"""Which action each part of the picture side starts: the first result, full size, downloads, the link."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.data_classes import FileData

from refocus.results.export import still_picture
from refocus.ui.app_context import QUIET, RENDERING, whatever_happens
from refocus.ui.export.export_panel import TakeAway, Taken, TakeWish, take_away
from refocus.ui.folders import ResultFolders
from refocus.ui.photo.first_result import first_made
from refocus.ui.photo.photo_tab import Page
from refocus.ui.run.actions import Visit, told_to_the_user
from refocus.ui.run.session_result import Made
from refocus.ui.shelf.shelf import shelf_view
from refocus.ui.viewer import FocusView, FocusViewer, with_still

_SLOW: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": 1, "concurrency_id": RENDERING}


def wire_result(page: Page, blocks: gr.Blocks, folders: ResultFolders) -> None:
    """Connect the picture side.

    Args:
        page: the first tab.
        blocks: the whole page, whose opening starts something too.
        folders: where files go.
    """
    _wire_opening(page, blocks)
    _wire_still(page)
    _wire_take_away(page, folders)
    _wire_link(page)
    side, session = page.picture_side, page.session
    side.how.expand(side.parts, [session.made], side.parts_places(), **QUIET)


def _wire_opening(page: Page, blocks: gr.Blocks) -> None:
    """The first result becomes the session's, and the link's settings those of the controls."""
    side, session, shelf = page.picture_side, page.session, page.shelf

    def open_page(current: Made | None, request: gr.Request) -> dict[Block, Any]:
        updates = page.controls.updates_from_query(dict(request.query_params))
        made = first_made()
        if made is None or current is not None:  # a quick user's own result is not replaced
            return updates
        told = side.updates_beside_viewer(made)
        return updates | told | {session.made: made, session.shelf: (made,), shelf: shelf_view((made,), made)}

    outputs = [*page.controls.components(), *page.places()]
    blocks.load(open_page, inputs=[session.made], outputs=outputs, **QUIET)


def _wire_still(page: Page) -> None:
    side = page.picture_side

    def full_size(
        made: Made | None,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> FocusView:
        visit = Visit.of(request, progress)
        with told_to_the_user():
            if made is None:
                return gr.skip()
            position = min(max(float(event.position), 0.0), len(made.result.stack) - 1.0)
            picture = still_picture(made.result, position, visit.tell)
            return with_still(made.view, picture, position, made.parts_folder())
        return gr.skip()

    rendered = side.viewer.still(full_size, [page.session.made], [side.viewer], show_progress_on=[side.status], **_SLOW)
    whatever_happens(rendered, fn=lambda: FocusViewer(rendered=secrets.token_hex(4)), outputs=[side.viewer], **QUIET)


def _wire_take_away(page: Page, folders: ResultFolders) -> None:
    side = page.picture_side

    def take(
        made: Made | None,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Taken:
        visit = Visit.of(request, progress)
        with told_to_the_user():
            if made is None:
                return gr.skip()
            wish = TakeWish.of(event)
            last = len(made.result.stack) - 1.0
            wish = wish.model_copy(update={"position": min(wish.position, last), "start": min(wish.start, last)})
            path = take_away(made, wish, folders.new(), visit.tell)
            return Taken(file=FileData(path=str(path), orig_name=path.name), number=wish.number)
        return gr.skip()

    taken = side.take_away.take(take, [page.session.made], [side.take_away], show_progress="hidden", **_SLOW)
    whatever_happens(taken, fn=lambda: TakeAway(ended=secrets.token_hex(4)), outputs=[side.take_away], **QUIET)


def _wire_link(page: Page) -> None:
    def link(values: Mapping[Block, Any]) -> TakeAway:
        with told_to_the_user():
            query = page.controls.query(replace(page.controls.chosen(values), input_position=None))
            return TakeAway(link={"query": query, "number": secrets.token_hex(4)})
        return gr.skip()

    page.picture_side.take_away.link(link, page.controls.components(), [page.picture_side.take_away], **QUIET)
