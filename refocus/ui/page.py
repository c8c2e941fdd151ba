"""The page: what stands where, and which action each control starts."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.engines.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE
from refocus.optics import APERTURE_NAMES
from refocus.pipeline import AUTO, RefocusPipeline
from refocus.ui import words
from refocus.ui.examples import Example, example_strip
from refocus.ui.folders import ResultFolders
from refocus.ui.handlers import Handlers, Shown
from refocus.ui.making import Made
from refocus.ui.photo_input import PhotoInput
from refocus.ui.viewer import FocusViewer

_SESSION_S = 3600


def build_page(pipeline: RefocusPipeline, folders: ResultFolders, examples: Sequence[Example]) -> gr.Blocks:
    """The whole page.

    Args:
        pipeline: runs the engines.
        folders: where results go.
        examples: photos to offer.
    """
    handlers = Handlers(pipeline, folders)
    with gr.Blocks(title=words.TITLE, delete_cache=(600, _SESSION_S), analytics_enabled=False) as page:
        gr.HTML(f"<h1>{words.TITLE}</h1><p>{words.TAGLINE}</p>", elem_id="head", padding=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="photo-side"):
                photo = _photo()
                strip = example_strip(examples)
            with gr.Column(elem_id="picture-side"):
                status = gr.Markdown(words.NEXT_PHOTO, elem_id="status")
                viewer = FocusViewer(elem_id="viewer", padding=False)
                places = _results()
            with gr.Column(elem_id="controls-side"):
                controls, button = _controls(pipeline)
        made = gr.State(None, time_to_live=_SESSION_S, delete_callback=handlers.forget)
        outputs = [viewer, status, *places, made]
        _wire(handlers, [photo, *controls], button, outputs, made)

        def open_example(event: gr.EventData) -> str:
            return str(examples[int(event.index)].path)

        strip.pick(open_example, outputs=[photo], api_visibility="private", show_progress="hidden")
    return page


def _photo() -> PhotoInput:
    return PhotoInput(
        label="Photo",
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        buttons=["fullscreen"],
        height=260,
        elem_id="photo",
    )


def _controls(pipeline: RefocusPipeline) -> tuple[list[Any], gr.Button]:
    states = [(engine.spec, engine.readiness()) for engine in pipeline.engines]
    choices = [(words.AUTOMATIC, AUTO), *((words.engine_choice(*state), state[0].name) for state in states)]
    engine = gr.Radio(
        choices, value=pipeline.settings.engine, label="Engine", info=words.engines_info(states), elem_id="engine"
    )
    blur = gr.Slider(0, 1, DEFAULT_BLUR, step=0.05, label="Blur strength", elem_id="blur")
    button = gr.Button("Refocus", variant="primary", elem_id="refocus")
    with gr.Accordion("More", open=False, elem_id="more"):
        frames = gr.Slider(MIN_FRAMES, MAX_FRAMES, DEFAULT_FRAMES, step=1, label="Frames", elem_id="frames")
        aperture = gr.Dropdown(list(APERTURE_NAMES), value="circle", label="Aperture shape", elem_id="aperture")
        long_side = gr.Slider(
            512,
            4096,
            DEFAULT_LONG_SIDE,
            step=64,
            label="Long side, px",
            info="Larger takes longer.",
            elem_id="long-side",
        )
        sharp = gr.Checkbox(label="The photo is already sharp from front to back", elem_id="sharp")
        depth = gr.File(
            label="Your own depth map (.npy, .npz, PNG)",
            file_types=[".npy", ".npz", ".png"],
            height=110,
            elem_id="depth-file",
        )
        meaning = gr.Radio(
            [("Larger is nearer", "disparity"), ("Distance in metres", "metres")],
            value="disparity",
            label="The map holds",
            elem_id="depth-meaning",
        )
    return [engine, blur, frames, aperture, long_side, sharp, depth, meaning], button


def _results() -> list[Any]:
    with gr.Row(elem_id="downloads"):
        video_button = gr.DownloadButton("Video (MP4)", interactive=False, size="md", elem_id="download-video")
        zip_button = gr.DownloadButton("Frames (ZIP)", interactive=False, size="md", elem_id="download-frames")
        json_button = gr.DownloadButton("Details (JSON)", interactive=False, size="md", elem_id="download-json")
    with gr.Row(elem_id="results"):
        video = gr.Video(
            label="Focus sweep", autoplay=True, loop=True, buttons=[], interactive=False, visible=False, elem_id="video"
        )
        all_in_focus = gr.Image(
            label="All in focus", interactive=False, type="filepath", visible=False, elem_id="all-in-focus"
        )
        disparity = gr.Image(
            label="Disparity: nearer is brighter",
            interactive=False,
            type="filepath",
            visible=False,
            elem_id="disparity",
        )
    with gr.Accordion("How this was made", open=False, visible=False, elem_id="how") as how:
        notes = gr.Markdown(elem_id="notes")
    return [video_button, zip_button, json_button, video, all_in_focus, disparity, how, notes]


def _wire(handlers: Handlers, controls: list[Any], button: gr.Button, outputs: list[Any], made: gr.State) -> None:
    def refocus(
        photo: str | None,
        engine: str,
        blur: float,
        frames: float,
        aperture: str,
        long_side: float,
        sharp: bool,
        depth: str | None,
        depth_is: str,
        previous: Made | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[list[Any]]:
        """Make a focal stack of a photo: frames to look at, a video, the all-in-focus picture and the disparity."""
        for shown in handlers.refocus(
            photo, engine, blur, int(frames), aperture, int(long_side), sharp, depth, depth_is, previous, progress
        ):
            yield _places(shown)

    gr.on(
        [controls[0].change, button.click],
        refocus,
        [*controls, made],
        outputs,
        api_name="refocus",
        show_progress_on=[outputs[1]],
        trigger_mode="always_last",
        concurrency_limit=1,
    )


def _places(shown: Shown) -> list[Any]:
    """The values of all outputs, in the order of the page."""
    made = shown.made
    if made is None:
        clear = [gr.update(interactive=False)] * 3 + [gr.skip()] * 5
        return [shown.view, shown.status, *clear, gr.skip()]
    return [
        shown.view,
        shown.status,
        gr.update(value=made.video, interactive=True),
        gr.update(value=made.frames_zip, interactive=True),
        gr.update(value=made.details_json, interactive=True),
        gr.update(value=made.video, visible=True),
        gr.update(value=made.all_in_focus, visible=True),
        gr.update(value=made.disparity, visible=True),
        gr.update(visible=True),
        words.notes(made.result),
        made,
    ]
