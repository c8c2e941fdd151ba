"""Which action each control of the first tab starts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.ui.app_context import QUIET, RENDERING, Session, whatever_happens
from refocus.ui.controls.control_values import Chosen
from refocus.ui.controls.settings_controls import Controls
from refocus.ui.photo.photo_area import Original, PhotoSide, own_path
from refocus.ui.photo.result_area import PictureSide
from refocus.ui.run.actions import Handlers, Shown, Visit, shown_again, told_to_the_user
from refocus.ui.run.session_result import Made
from refocus.ui.shelf.shelf import Shelf, Shelved, shelf_view, shelved


@dataclass(frozen=True, slots=True)
class Page:
    """The components of the first tab."""

    handlers: Handlers
    photo_side: PhotoSide
    controls: Controls
    own_stack: gr.File
    shelf: Shelf
    picture_side: PictureSide
    session: Session

    def places(self) -> list[Block]:
        """What `updates` may change, as outputs of an event."""
        session = self.session
        own = [self.photo_side.photo, self.shelf, session.made, session.original, session.shelf]
        return [*self.picture_side.places(), *own]

    def updates(self, shown: Shown, path: str | None, shelf: Shelved) -> dict[Block, Any]:
        """Values that make the page show something.

        Args:
            shown: what to show.
            path: the photo's own file.
            shelf: the session's stacks so far.
        """
        updates = self.picture_side.updates(shown)
        if shown.made is not None:
            kept, dropped = shelved(shelf, shown.made)
            for old in dropped:
                self.handlers.forget((old,))
            updates |= {
                self.session.made: shown.made,
                self.session.shelf: kept,
                self.shelf: shelf_view(kept, shown.made),
            }
        if shown.preview is not None and path is not None:
            updates[self.photo_side.photo] = str(shown.preview)
            updates[self.session.original] = Original(path, shown.preview.name)
        return updates


def wire(page: Page) -> None:
    """Connect photo, controls and viewer."""
    _wire_making(page)
    _wire_shelf(page)
    _wire_options(page)


def _wire_making(page: Page) -> None:
    photo, strip, session, controls = page.photo_side.photo, page.photo_side.strip, page.session, page.controls

    def make_stack(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        made: Made | None = values[session.made]
        path, photos = _source(page, values)
        visit = Visit.of(request, progress)
        with told_to_the_user():
            chosen = _chosen(page, values, path)
        if path is not None:
            pictures = page.handlers.refocus(path, chosen, made, visit)
        elif photos:
            pictures = page.handlers.refocus_stack(photos, chosen, made, visit)
        else:
            pictures = iter([shown_again(None)])
        for shown in pictures:
            yield page.updates(shown, path, values[session.shelf])

    def open_example(event: gr.EventData) -> str:
        return str(page.photo_side.examples[int(event.index)].path)

    def clear() -> dict[Block, Any]:
        return page.picture_side.updates(shown_again(None)) | {session.made: None}

    kept = {session.made, session.original, session.moved_for, session.shelf}
    event: dict[str, Any] = {
        "fn": make_stack,
        "inputs": {photo, page.own_stack, *controls.components(), *kept},
        "outputs": page.places(),
        "api_visibility": "private",
        "show_progress_on": [page.picture_side.status],
        "concurrency_limit": 1,
        "concurrency_id": RENDERING,
    }
    buttons = [controls.button, controls.stop]
    begin: dict[str, Any] = {"fn": _running, "outputs": buttons, "queue": False, **QUIET}
    end: dict[str, Any] = {"fn": _idle, "outputs": buttons, "queue": False, **QUIET}
    blur: Any = controls.settings["blur"]
    aperture: Any = controls.settings["aperture"]
    started = [photo.input, controls.button.click, blur.release, aperture.input]
    first: dict[str, Any] = {"fn": _of_session(page.handlers.make_way), "queue": False, **QUIET}
    picked = strip.pick(open_example, outputs=[photo], **QUIET)
    uploaded = page.own_stack.upload(lambda: None, outputs=[photo], **QUIET)
    # One after the other: what is under way is stopped before the next is there to be stopped; the video is
    # written when the stack is shown already.
    for begun in (gr.on(started, **first), picked.then(**first), uploaded.then(**first)):
        whatever_happens(begun.then(**begin).then(**event), **end).then(**_parts(page))
    photo.clear(clear, outputs=[*page.picture_side.places(), session.made], **QUIET)
    controls.stop.click(_of_session(page.handlers.stop), queue=False, **QUIET)
    photo.clear(**first)


def _parts(page: Page) -> dict[str, Any]:
    """The event that fills the fold below the result."""
    side = page.picture_side
    return {"fn": side.parts, "inputs": [page.session.made], "outputs": side.parts_places(), **QUIET}


def _of_session(action: Callable[[str], None]) -> Any:
    def act(request: gr.Request) -> None:
        action(str(request.session_hash or ""))

    return act


def _running() -> list[Any]:
    return [gr.update(visible=False), gr.update(visible=True)]


def _idle() -> list[Any]:
    return [gr.update(visible=True), gr.update(visible=False)]


def _source(page: Page, values: Mapping[Block, Any]) -> tuple[str | None, list[str] | None]:
    """The photo's own file, or the photos of a stack; with neither, those of what is shown."""
    path = own_path(values[page.photo_side.photo], values[page.session.original])
    photos = values[page.own_stack]
    made: Made | None = values[page.session.made]
    if path is None and not photos and made is not None:
        return made.wish.photo_path or None, list(made.wish.stack_paths)
    return path, photos


def _chosen(page: Page, values: Mapping[Block, Any], path: str | None) -> Chosen:
    """What the controls say; the input position counts for the photo it was moved for."""
    chosen = page.controls.chosen(values)
    return chosen if path == values[page.session.moved_for] else replace(chosen, input_position=None)


def _wire_shelf(page: Page) -> None:
    """A stack made before comes back with its settings, at once."""
    session, controls = page.session, page.controls

    def show_again(shelf: Shelved, event: gr.EventData) -> dict[Block, Any]:
        index = int(event.index)
        if not 0 <= index < len(shelf):
            return {session.made: gr.skip()}
        made = shelf[index]
        return page.picture_side.updates(shown_again(made)) | {
            session.made: made,
            page.shelf: shelf_view(shelf, made),
            page.photo_side.photo: str(made.preview or made.wish.photo_path) or None,
            session.original: None if made.preview is None else Original(made.wish.photo_path, made.preview.name),
            page.own_stack: list(made.wish.stack_paths) or None,
            **controls.updates(made.wish.chosen),
        }

    outputs = [*page.places(), page.own_stack, *controls.components()]
    page.shelf.pick(show_again, [session.shelf], outputs, **QUIET).then(**_parts(page))


def _wire_options(page: Page) -> None:
    """Show what the engine heeds, and where it would take the photo to be focused, until the user says otherwise."""
    photo, session, controls = page.photo_side.photo, page.session, page.controls
    position: Any = controls.settings["input_position"]

    def show_options(name: str, steps: float | None) -> dict[Block, Any]:
        return controls.visible(name, steps)

    def show_position(shown: str | None, name: str, moved_for: str | None, original: Original | None) -> Any:
        path = own_path(shown, original)
        estimate = None if path == moved_for else page.handlers.estimated_position(path, name)
        return gr.skip() if estimate is None else estimate

    steps: Any = controls.settings["steps"]
    controls.engine.change(show_options, [controls.engine, steps], list(controls.settings.values()), **QUIET)
    gr.on(
        [controls.engine.change, photo.change],
        show_position,
        [photo, controls.engine, session.moved_for, session.original],
        [position],
        trigger_mode="always_last",
        **QUIET,
    )
    position.input(own_path, [photo, session.original], [session.moved_for], **QUIET)
