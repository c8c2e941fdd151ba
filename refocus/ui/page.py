"""The page: what stands where, and which action each control starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.engines.captured import PHOTO_ENDINGS
from refocus.engines.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE, LAST_INPUT_POSITION
from refocus.models.focal_stack.settings import DEFAULT_STEPS
from refocus.optics import APERTURE_NAMES
from refocus.pipeline import AUTO, RefocusPipeline
from refocus.ui import words
from refocus.ui.api import RENDERING, add_endpoints
from refocus.ui.examples import Example, example_strip
from refocus.ui.folders import ResultFolders
from refocus.ui.handlers import Handlers, Shown
from refocus.ui.making import Made
from refocus.ui.photo_input import PhotoInput
from refocus.ui.prompt_api import add_prompt_endpoints
from refocus.ui.prompting import add_prompt_places, wire_prompts
from refocus.ui.viewer import FocusViewer

_SESSION_S = 3600
# The options each control beside photo and engine stands for, in the order of `_controls`.
_OPTIONS = (
    "blur", "frames", "aperture", "long_side", "sharp", "depth", "depth", "seed", "steps", "full_size",
)  # fmt: skip


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
                prompt_places = add_prompt_places()
                places = _results()
            with gr.Column(elem_id="controls-side"):
                controls, position, own_stack, button = _controls(pipeline, handlers.options(pipeline.settings.engine))
        made = gr.State(None, time_to_live=_SESSION_S, delete_callback=handlers.forget)
        replaced = gr.State(None, time_to_live=_SESSION_S)
        outputs = [viewer, status, *places, made]
        moved = gr.State(None, time_to_live=_SESSION_S)
        _wire(
            handlers, [photo, *controls], position, moved, own_stack, made, replaced, button, strip, examples, outputs
        )
        _wire_options(handlers, photo, controls, position, moved, replaced)
        wire_prompts(prompt_places, viewer, made, folders, session_s=_SESSION_S, rendering=RENDERING)
        add_endpoints(handlers, [photo, *controls])
        add_prompt_endpoints(pipeline, folders, [photo, *controls], rendering=RENDERING)
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


def _controls(pipeline: RefocusPipeline, heeded: frozenset[str]) -> tuple[list[Any], gr.Slider, gr.File, gr.Button]:
    states = {engine.spec.name: (engine.spec, engine.readiness()) for engine in pipeline.engines}
    ready_first = sorted(states.values(), key=lambda state: not state[1].ready)
    choices = [(words.AUTOMATIC, AUTO), *((words.engine_choice(*state), state[0].name) for state in ready_first)]
    with gr.Group():
        engine = gr.Radio(choices, value=pipeline.settings.engine, label="Engine", elem_id="engine")
        state = gr.Markdown(words.engine_state(pipeline.settings.engine, states), elem_id="engine-state")
    engine.change(
        lambda name: words.engine_state(name, states),
        [engine],
        [state],
        api_visibility="private",
        show_progress="hidden",
        queue=False,
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
        own_stack = gr.File(
            label="Your own focal stack (3 or more photos)",
            file_count="multiple",
            file_types=list(PHOTO_ENDINGS),
            height=110,
            elem_id="own-stack",
        )
        position = gr.Slider(
            0,
            LAST_INPUT_POSITION,
            LAST_INPUT_POSITION,
            step=1,
            label="Where the photo was focused",
            info=f"Estimated; move it if the frames look wrong. 0: about 5 cm, {LAST_INPUT_POSITION}: far away.",
            visible="input_position" in heeded,
            elem_id="input-position",
        )
        steps = gr.Slider(1, 50, DEFAULT_STEPS, step=1, label="Steps", info="Fewer are faster.", elem_id="steps")
        seed = gr.Number(0, label="Seed", precision=0, minimum=0, elem_id="seed")
        full_size = gr.Checkbox(label="Frames at the photo's own size", elem_id="full-size")
    heeding = [blur, frames, aperture, long_side, sharp, depth, meaning, seed, steps, full_size]
    for control, option in zip(heeding, _OPTIONS, strict=True):
        control.visible = option in heeded
    return [engine, *heeding], position, own_stack, button


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


def _wire(
    handlers: Handlers,
    controls: list[Any],
    position: gr.Slider,
    moved: gr.State,
    own_stack: gr.File,
    made: gr.State,
    replaced: gr.State,
    button: gr.Button,
    strip: gr.HTML,
    examples: Sequence[Example],
    outputs: list[Any],
) -> None:
    photo_control = controls[0]

    def show_refocused(
        photo: str | None,
        engine: str,
        blur: float,
        frames: float,
        aperture: str,
        long_side: float,
        sharp: bool,
        depth: str | None,
        depth_is: str,
        seed: float | None,
        steps: float,
        full_size: bool,
        input_position: float,
        moved_for: str | None,
        own_photos: list[str] | None,
        previous: Made | None,
        original: Original | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[list[Any]]:
        path = _own_path(photo, original)
        if path is None and own_photos:
            pictures = handlers.refocus_stack(own_photos, blur, aperture, int(long_side), progress)
        else:
            pictures = handlers.refocus(
                path,
                engine,
                blur,
                int(frames),
                aperture,
                int(long_side),
                sharp,
                depth,
                depth_is,
                int(seed or 0),
                int(steps),
                int(input_position) if path == moved_for else None,
                full_size,
                previous,
                progress,
            )
        for shown in pictures:
            yield [*_photo_places(shown, path), *_places(shown)]

    def open_example(event: gr.EventData) -> str:
        return str(examples[int(event.index)].path)

    event: dict[str, Any] = {
        "fn": show_refocused,
        "inputs": [*controls, position, moved, own_stack, made, replaced],
        "outputs": [photo_control, replaced, *outputs],
        "api_visibility": "private",
        "show_progress_on": [outputs[1]],
        "concurrency_limit": 1,
        "concurrency_id": RENDERING,
    }
    gr.on([photo_control.input, photo_control.clear, button.click], **event, trigger_mode="always_last")
    quiet: dict[str, Any] = {"outputs": [photo_control], "api_visibility": "private", "show_progress": "hidden"}
    strip.pick(open_example, **quiet).then(**event)
    own_stack.upload(lambda: None, **quiet).then(**event)


def _wire_options(
    handlers: Handlers,
    photo_control: PhotoInput,
    controls: list[Any],
    position: gr.Slider,
    moved: gr.State,
    replaced: gr.State,
) -> None:
    """Show what the engine heeds, and where it would take the photo to be focused, until the user says otherwise."""
    engine, *heeding = controls

    def show_options(name: str) -> list[Any]:
        heeded = handlers.options(name)
        return [gr.update(visible=option in heeded) for option in (*_OPTIONS, "input_position")]

    def show_position(photo: str | None, name: str, moved_for: str | None, original: Original | None) -> Any:
        path = _own_path(photo, original)
        estimate = None if path == moved_for else handlers.estimated_position(path, name)
        return gr.skip() if estimate is None else estimate

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    engine.change(show_options, [engine], [*heeding, position], **quiet)
    gr.on(
        [engine.change, photo_control.change],
        show_position,
        [photo_control, engine, moved, replaced],
        [position],
        trigger_mode="always_last",
        **quiet,
    )
    position.input(_own_path, [photo_control, replaced], [moved], **quiet)


@dataclass(frozen=True, slots=True)
class Original:
    """The photo's own file, while the photo control shows a preview in its place."""

    path: str
    preview_name: str

    def is_shown_as(self, photo: str | None) -> bool:
        """Whether the photo control's file is that preview."""
        return photo is not None and Path(photo).name == self.preview_name


def _own_path(photo: str | None, original: Original | None) -> str | None:
    """The photo's own file, also when the photo control shows a preview of it."""
    return original.path if original is not None and original.is_shown_as(photo) else photo


def _photo_places(shown: Shown, path: str | None) -> list[Any]:
    if shown.preview is None or path is None:
        return [gr.skip(), gr.skip()]
    return [str(shown.preview), Original(path, shown.preview.name)]


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
