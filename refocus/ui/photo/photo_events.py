"""What the photo control, the settings and the shelf of the Photo tab do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.core import RefocusError
from refocus.engines.video_diffusion.input_position import find_input_position
from refocus.media import Photo
from refocus.ui.app_context import NEXT_PHOTO, QUIET, RENDERS, AppContext, after_success_or_failure
from refocus.ui.components.page_component import PageEvent
from refocus.ui.photo.photo_input import ShownPhoto
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.made_picture import MadePictures
from refocus.ui.run.job_context import JobContext, session_of
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import refocus_photo, refocus_photo_stack
from refocus.ui.run.status_text import LOST
from refocus.ui.security.queue_limits import rendering_waits
from refocus.ui.security.shown_text import errors_as_toasts, failure


@dataclass(frozen=True, slots=True)
class Wanted:
    """Blur, aperture and depth source that the controls ask for in place of a result.

    Attributes:
        instead_of: name of the folder of the result that was shown then; "" for none.
        values: of the controls.
    """

    instead_of: str
    values: tuple[float, str, str]


def connect_photo_events(tab: PhotoTab) -> None:
    """Connect the photo, the settings and the shelf."""
    _connect_refocus(tab)
    _connect_shelf(tab)
    _connect_engine(tab)


def _connect_refocus(tab: PhotoTab) -> None:
    """Make a stack when there is a new photo, a new look, or the button is pressed."""
    photo, state, controls, jobs = tab.photo, tab.state, tab.controls, tab.context.photo_jobs

    def make_stack(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        previous: SessionResult | None = values[state.result]
        path, photos = tab.source(values)
        job = JobContext.of(request, progress, values[tab.job_number])
        with errors_as_toasts():
            settings = controls.values(values)
            if values[state.position_set_for] not in (path, NEXT_PHOTO):
                settings["input_position"] = None
            if path is not None:
                updates = refocus_photo(tab.context, path, settings, previous, job)
            elif photos:
                updates = refocus_photo_stack(tab.context, photos, settings, job)
            else:
                yield tab.result.show_result(None)
                return
            yield from tab.show_updates(updates, previous, values[state.shelf], values[state.made], path or "")

    def open_example(event: PageEvent) -> ShownPhoto:
        index = event.whole("index")
        if index >= len(tab.examples):
            raise failure(f"There is no example {index}.")
        return ShownPhoto(str(tab.examples[index].path), example=True)

    def stop_previous(request: gr.Request) -> int:
        return jobs.replace(session_of(request))

    def stop(request: gr.Request) -> None:
        session = session_of(request)
        jobs.stop(session, waits=rendering_waits(session))

    def clear(request: gr.Request) -> dict[Block, Any]:
        jobs.replace(session_of(request))
        return tab.result.show_result(None) | {state.result: None}

    blur: Any = controls.settings["blur"]
    aperture: Any = controls.settings["aperture"]
    depth: Any = controls.settings["depth_source"]
    k: Any = controls.settings["k"]
    for control in (blur, aperture, k):  # K wins over the strength, and cannot be previewed
        control.change(
            fn=None,
            inputs=[blur, aperture, k],
            js="(blur, aperture, k) => refocus.tellLook({ blur: k ? null : blur, aperture })",
            **QUIET,
        )

    def list_depth_sources() -> Any:
        return gr.update(choices=controls.depth_choices())  # the run may have downloaded one

    # Each event of the sequence is sent although the same event of the photo before may still be in work; gradio's
    # default would leave it out, and the new photo would never be rendered.
    always: dict[str, Any] = {"trigger_mode": "multiple"}
    at_once: dict[str, Any] = {"queue": False, **always, **QUIET}
    run: dict[str, Any] = {
        "fn": make_stack,
        "inputs": {
            *(photo, tab.photo_stack, *controls.components().values()),
            *(state.result, state.position_set_for, state.shelf, state.made, tab.job_number),
        },
        "outputs": tab.outputs(),
        "show_progress_on": [tab.result.status],
        **always,
        **RENDERS,
    }
    list_depths: dict[str, Any] = {"fn": list_depth_sources, "outputs": [depth], **at_once}
    replace: dict[str, Any] = {"fn": stop_previous, "outputs": [tab.job_number], **at_once}
    picked = tab.strip.pick(open_example, outputs=[photo], **always, **QUIET)
    uploaded = tab.photo_stack.upload(_take_photos, [tab.photo_stack], [photo], **QUIET)
    # The browser shows a new photo by itself, before the server has looked at it.
    show_photo: dict[str, Any] = {
        "fn": None,
        "inputs": [photo],
        "outputs": [tab.result.viewer],
        "js": "(photo) => refocus.ownPhoto(photo)",
        **QUIET,
    }
    new_photo: dict[str, Any] = {
        "fn": lambda: tab.result.show_in_panels(None) | {tab.result.status: ""},
        "outputs": [*tab.result.panels(), tab.result.status],
        **at_once,
    }
    for chosen in (photo.upload, picked.then):
        chosen(**show_photo)
        chosen(**new_photo)
    gr.on(
        [blur.release, aperture.input, depth.input],
        _wanted,
        [blur, aperture, depth, state.result, state.wanted],
        [state.wanted],
        concurrency_limit=1,  # one after the other: each compares with what the one before it wanted
        **always,
        **QUIET,
    )
    triggers = [photo.upload, controls.button.click, state.wanted.change]
    # In this order, the running job is stopped before the next one can be, and the video is written after the stack
    # is shown.
    for started in (gr.on(triggers, **replace), picked.then(**replace), uploaded.then(**replace)):
        finished = after_success_or_failure(started.then(**run), **list_depths)
        finished.then(**tab.fill_details())
    photo.clear(clear, outputs=[*tab.result.outputs(), state.result], **at_once)
    for pressed in (controls.stop.click, tab.result.viewer.halt):
        pressed(stop, queue=False, **QUIET)


def _wanted(
    blur: float, aperture: str, depth_source: str, result: SessionResult | None, wanted: Wanted | None
) -> Wanted | None:
    """What the controls ask for; what was wanted before when that is the same.

    gradio tells of a choice twice, and of a control that was left as it was.
    """
    values = (blur, aperture, depth_source)
    shown, before = "", None
    if result is not None:
        shown = result.folder.name
        before = (result.values["blur"], result.values["aperture"], result.values["depth_source"])
    if wanted is not None and wanted.instead_of == shown:
        before = wanted.values
    return wanted if values == before else Wanted(shown, values)


def _take_photos(photos: list[str] | None) -> None:
    """Empty the photo control. Ends without a word when no photo came: the page has said that they were refused."""
    if not photos:
        raise gr.Error("", print_exception=False, visible=False)


def _connect_shelf(tab: PhotoTab) -> None:
    """Show an earlier stack again with its settings, without rendering."""
    state = tab.state

    def show_again(shelf: tuple[SessionResult, ...], made: MadePictures, event: PageEvent) -> dict[Block, Any]:
        index = event.whole("index")
        if index >= len(shelf):
            raise failure(LOST)
        return tab.show_again(shelf[index], shelf, made)

    shown = tab.shelf.pick(show_again, [state.shelf, state.made], tab.outputs_of_another(), **QUIET)
    shown.then(**tab.fill_details())


def _connect_engine(tab: PhotoTab) -> None:
    """Show the engine's options, and the estimated input position until the user sets one."""
    photo, state, controls = tab.photo, tab.state, tab.controls
    position: Any = controls.settings["input_position"]
    steps: Any = controls.settings["steps"]

    def show_options(name: str, steps: float | None) -> dict[Block, Any]:
        return controls.visible(name, steps)

    def show_position(path: str | None, engine: str, set_for: str | None) -> dict[Block, Any]:
        if set_for == NEXT_PHOTO and path is not None:
            return {state.position_set_for: path}
        estimate = None if path == set_for else estimated_input_position(tab.context, path, engine)
        return {position: gr.skip() if estimate is None else estimate}

    controls.engine.change(show_options, [controls.engine, steps], list(controls.settings.values()), **QUIET)
    gr.on(
        [controls.engine.change, photo.change],
        show_position,
        [photo, controls.engine, state.position_set_for],
        [position, state.position_set_for],
        trigger_mode="always_last",
        **QUIET,
    )
    position.input(_same_photo, [photo], [state.position_set_for], **QUIET)


def _same_photo(photo: str | None) -> str | None:
    return photo


def estimated_input_position(context: AppContext, photo_path: str | None, engine: str) -> int | None:
    """Where the photo was focused, for an engine with that option; None when that is not known."""
    if photo_path is None or "input_position" not in context.engine_spec(engine).options:
        return None
    try:
        photo = Photo.open(photo_path, max_pixels=context.pipeline.settings.max_pixels)
        return find_input_position(photo, None).index
    except RefocusError:
        return None  # the run on the same photo says what is wrong
