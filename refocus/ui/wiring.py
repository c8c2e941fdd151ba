"""Which action each control of the first face starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.ui.chosen import Chosen
from refocus.ui.controls import Controls
from refocus.ui.ground import QUIET, RENDERING, Session
from refocus.ui.handlers import Handlers, Shown
from refocus.ui.photo_side import Original, PhotoSide, own_path
from refocus.ui.picture_side import PictureSide
from refocus.ui.words import language_of


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of the first face."""

    handlers: Handlers
    photo_side: PhotoSide
    controls: Controls
    own_stack: gr.File
    picture_side: PictureSide
    session: Session


def wire(page: Page) -> None:
    """Connect photo, controls and viewer."""
    _wire_making(page)
    _wire_options(page)


def _wire_making(page: Page) -> None:
    photo, strip, session = page.photo_side.photo, page.photo_side.strip, page.session

    def make_stack(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        path = own_path(values[photo], values[session.original])
        chosen = _chosen(page, values, path)
        language = language_of(request)
        if path is None and values[page.own_stack]:
            pictures = page.handlers.refocus_stack(values[page.own_stack], chosen, progress, language)
        else:
            pictures = page.handlers.refocus(path, chosen, values[session.made], progress, language)
        for shown in pictures:
            yield page.picture_side.updates(shown) | _session_updates(page, shown, path)

    def open_example(event: gr.EventData) -> str:
        return str(page.photo_side.examples[int(event.index)].path)

    inputs = {photo, page.own_stack, *page.controls.components(), session.made, session.original, session.moved_for}
    event: dict[str, Any] = {
        "fn": make_stack,
        "inputs": inputs,
        "outputs": [*page.picture_side.places(), photo, session.made, session.original],
        "api_visibility": "private",
        "show_progress_on": [page.picture_side.status],
        "concurrency_limit": 1,
        "concurrency_id": RENDERING,
    }
    gr.on([photo.input, photo.clear, page.controls.button.click], **event, trigger_mode="always_last")
    strip.pick(open_example, outputs=[photo], **QUIET).then(**event)
    page.own_stack.upload(lambda: None, outputs=[photo], **QUIET).then(**event)


def _chosen(page: Page, values: Mapping[Block, Any], path: str | None) -> Chosen:
    """What the controls say; the input position counts for the photo it was moved for."""
    chosen = page.controls.chosen(values)
    return chosen if path == values[page.session.moved_for] else replace(chosen, input_position=None)


def _session_updates(page: Page, shown: Shown, path: str | None) -> dict[Block, Any]:
    updates: dict[Block, Any] = {}
    if shown.made is not None:
        updates[page.session.made] = shown.made
    if shown.preview is not None and path is not None:
        updates[page.photo_side.photo] = str(shown.preview)
        updates[page.session.original] = Original(path, shown.preview.name)
    return updates


def _wire_options(page: Page) -> None:
    """Show what the engine heeds, and where it would take the photo to be focused, until the user says otherwise."""
    photo, session, controls = page.photo_side.photo, page.session, page.controls
    position: Any = controls.settings["input_position"]

    def show_options(name: str) -> dict[Block, Any]:
        return controls.visible(page.handlers.options(name))

    def show_position(shown: str | None, name: str, moved_for: str | None, original: Original | None) -> Any:
        path = own_path(shown, original)
        estimate = None if path == moved_for else page.handlers.estimated_position(path, name)
        return gr.skip() if estimate is None else estimate

    controls.engine.change(show_options, [controls.engine], list(controls.settings.values()), **QUIET)
    gr.on(
        [controls.engine.change, photo.change],
        show_position,
        [photo, controls.engine, session.moved_for, session.original],
        [position],
        trigger_mode="always_last",
        **QUIET,
    )
    position.input(own_path, [photo, session.original], [session.moved_for], **QUIET)
