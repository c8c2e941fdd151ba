"""What the photo control, the settings and the shelf of the Photo tab do."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.core import RefocusError
from refocus.engines.video_diffusion.input_position import find_input_position
from refocus.media import Photo
from refocus.ui.app_context import NEXT_PHOTO, QUIET, RENDERS, AppContext, after_success_or_failure
from refocus.ui.photo.photo_input import ShownPhoto
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.made_picture import MadePictures
from refocus.ui.run.job_context import JobContext, session_of
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import refocus_photo, refocus_photo_stack
from refocus.ui.run.status_text import LOST
from refocus.ui.security.shown_text import errors_as_toasts, failure


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
        job = JobContext.of(request, progress)
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

    def open_example(event: gr.EventData) -> ShownPhoto:
        return ShownPhoto(str(tab.examples[int(event.index)].path), example=True)

    def clear() -> dict[Block, Any]:
        return tab.result.show_result(None) | {state.result: None}

    def of_session(action: Callable[[str], None]) -> Any:
        def act(request: gr.Request) -> None:
            action(session_of(request))

        return act

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
    buttons = [controls.button, controls.stop]

    def show_ready() -> list[Any]:
        return [*running_buttons(False), gr.update(choices=controls.depth_choices())]  # the run may have downloaded it

    run: dict[str, Any] = {
        "fn": make_stack,
        "inputs": {
            *(photo, tab.photo_stack, *controls.components().values()),
            *(state.result, state.position_set_for, state.shelf, state.made),
        },
        "outputs": tab.outputs(),
        "show_progress_on": [tab.result.status],
        **RENDERS,
    }
    show_stop: dict[str, Any] = {"fn": lambda: running_buttons(True), "outputs": buttons, "queue": False, **QUIET}
    show_start: dict[str, Any] = {"fn": show_ready, "outputs": [*buttons, depth], "queue": False, **QUIET}
    stop_previous: dict[str, Any] = {"fn": of_session(jobs.replace), "queue": False, **QUIET}
    picked = tab.strip.pick(open_example, outputs=[photo], **QUIET)
    uploaded = tab.photo_stack.upload(lambda: None, outputs=[photo], **QUIET)
    # The browser shows a new photo by itself, before the server has looked at it.
    show_photo: dict[str, Any] = {
        "fn": None,
        "inputs": [photo],
        "outputs": [tab.result.viewer],
        "js": "(photo) => refocus.ownPhoto(photo)",
        **QUIET,
    }
    new_photo: dict[str, Any] = {
        "fn": lambda: tab.result.show_in_panels(None),
        "outputs": tab.result.panels(),
        "queue": False,
        **QUIET,
    }
    for chosen in (photo.input, picked.then):
        chosen(**show_photo)
        chosen(**new_photo)
    triggers = [photo.input, controls.button.click, blur.release, aperture.input, depth.input]
    # In this order, the running job is stopped before the next one can be, and the video is written after the stack
    # is shown.
    for started in (gr.on(triggers, **stop_previous), picked.then(**stop_previous), uploaded.then(**stop_previous)):
        finished = after_success_or_failure(started.then(**show_stop).then(**run), **show_start)
        finished.then(**tab.fill_details())
    photo.clear(clear, outputs=[*tab.result.outputs(), state.result], **QUIET)
    photo.clear(**stop_previous)
    for stop in (controls.stop.click, tab.result.viewer.halt):
        stop(of_session(jobs.stop), queue=False, **QUIET)


def running_buttons(running: bool) -> list[Any]:
    """Updates of a start button and the stop button that is shown instead of it while a job runs."""
    return [gr.update(visible=not running), gr.update(visible=running)]


def _connect_shelf(tab: PhotoTab) -> None:
    """Show an earlier stack again with its settings, without rendering."""
    state = tab.state

    def show_again(shelf: tuple[SessionResult, ...], made: MadePictures, event: gr.EventData) -> dict[Block, Any]:
        index = int(event.index)
        if not 0 <= index < len(shelf):
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
