"""The endpoints `prompt` and `bokeh`: understand a bokeh prompt, or render a photo as one says."""

from typing import Any

import gradio as gr

from refocus.core import portion
from refocus.core.focal_stack import DEFAULT_FRAMES, MIN_FRAMES
from refocus.depth import Meaning
from refocus.depth.file import read_photo_depth
from refocus.engines.selection import Choice
from refocus.media import Photo
from refocus.media.mask import read_focus_mask
from refocus.prompts import parse_prompt
from refocus.results import RefocusRequest
from refocus.results.bokeh_picture import BokehRequest, request_with_prompt
from refocus.results.run_options import PICTURE_OPTIONS
from refocus.ui.api.endpoints import documented, option_parameters, stopped
from refocus.ui.app_context import RENDERING, AppContext
from refocus.ui.controls.option_components import program_component
from refocus.ui.folders import download_copy
from refocus.ui.photo.photo_input import photo_input
from refocus.ui.prompt.prompt_results import render_prompt
from refocus.ui.run.job_context import JobContext
from refocus.ui.security.shown_text import without_folders_in

_ENGINE_SHARE = 0.8


def add_prompt_endpoints(context: AppContext) -> None:
    """Add the endpoints to the page, where nothing of them is visible."""
    options = option_parameters(context)
    text = gr.Textbox(label="Bokeh prompt", visible=False)
    x, y = (gr.Number(label=f"{axis}, px of the photo: the point that should be sharp", visible=False) for axis in "xy")
    pictures = {name: program_component(declared) for name, declared in PICTURE_OPTIONS.items()}
    spec = gr.JSON(label="What was understood", visible=False)
    picture = gr.File(label="The picture, PNG; a focus pull, MP4", visible=False)
    details = gr.JSON(label="Details: what was understood and found, notes", visible=False)

    def prompt(prompt: str) -> dict[str, Any]:
        """What a bokeh prompt asks for, field by field; null where it says nothing."""
        return parse_prompt(prompt).to_dict()

    def bokeh(
        photo: str,
        prompt: str,
        engine: str,
        long_side: float,
        sharp: bool,
        depth: str | None = None,  # the default lets programs leave it out
        depth_is: Meaning = "disparity",
        x: float | None = None,
        y: float | None = None,
        focus_mask: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, dict[str, Any]]:
        """One picture of a photo, focused and blurred as a prompt says, or a video when it asks for a focus pull."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            at = None if x is None or y is None else (x, y)
            mask = None if focus_mask is None else read_focus_mask(focus_mask)
            wanted = BokehRequest(parse_prompt(prompt), at=at, mask=mask)
            choice = context.pipeline.choose(engine)
            request = _stack_request(choice, wanted, int(long_side), sharp)
            max_pixels = context.pipeline.settings.max_pixels
            opened = Photo.open(photo, max_pixels=max_pixels)
            context.pipeline.check_size(opened.size, request, choice)
            if depth is not None:
                own = read_photo_depth(
                    depth, opened.size, meaning=depth_is, long_side=int(long_side), max_pixels=max_pixels
                )
                opened = opened.with_disparity(own)
            return _render(context, opened, wanted, request, choice, job)
        raise stopped()

    gr.Button(visible=False).click(documented(prompt, {"prompt": text}), [text], [spec], api_name="prompt", queue=False)
    used = {name: options[name] for name in ("engine", "long_side", "sharp", "depth", "depth_is")}
    parameters = {"photo": photo_input("Photo", visible=False), "prompt": text, **used, "x": x, "y": y, **pictures}
    gr.Button(visible=False).click(
        documented(bokeh, parameters),
        list(parameters.values()),
        [picture, details],
        api_name="bokeh",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )


def _stack_request(choice: Choice, wanted: BokehRequest, long_side: int, sharp: bool) -> RefocusRequest:
    """The stack is not returned, so it is as short as the engine can make it."""
    can_be_short = "frames" in choice.engine.spec.options
    request = RefocusRequest(frames=MIN_FRAMES if can_be_short else DEFAULT_FRAMES, long_side=long_side, sharp=sharp)
    return request_with_prompt(request, wanted.spec or parse_prompt(""), given=frozenset())


def _render(
    context: AppContext, photo: Photo, wanted: BokehRequest, request: RefocusRequest, choice: Choice, job: JobContext
) -> tuple[str, dict[str, Any]]:
    result = context.pipeline.run(photo, request, choice, portion(job.report, 0, _ENGINE_SHARE))
    with context.folders.temporary() as folder:
        made = render_prompt(result, wanted, folder, progress=portion(job.report, _ENGINE_SHARE, 1))
        path = download_copy(made.path)
    region = made.region
    return path, {
        "understood": made.spec.to_dict(),
        "box": None if region is None else list(region.box),
        "finder": None if region is None else region.finder,
        "confidence": None if region is None else region.confidence,
        "notes": without_folders_in([*result.notes, *made.view.notes]),
        "engine": result.engine,
        "seconds": result.seconds,
    }
