"""Bokeh prompts as an API: understand one, or do what one says with a photo."""

from typing import Any

import gradio as gr

from refocus.core.focal_stack import DEFAULT_FRAMES, MIN_FRAMES
from refocus.depth import Meaning
from refocus.depth.file import with_depth_file
from refocus.media import Photo
from refocus.prompts import parse_prompt
from refocus.results import RefocusRequest
from refocus.results.bokeh import BokehRequest, request_with_prompt
from refocus.ui.api.refocus_endpoint import documented, photo_for_programs, settings_for_programs, stopped
from refocus.ui.app_context import RENDERING, Ground
from refocus.ui.prompt.prompt_results import render
from refocus.ui.run.actions import Visit, told_to
from refocus.ui.security.shown_text import without_folders_in


def add_prompt_endpoints(ground: Ground) -> None:
    """Add the public endpoints `prompt` and `bokeh` to the page; nothing of them is seen there.

    Args:
        ground: pipeline and folders.
    """
    settings = settings_for_programs(ground)
    making = {name: settings[name] for name in ("long_side", "sharp", "depth", "depth_is")}
    text = gr.Textbox(label="Bokeh prompt", visible=False)
    x, y = (gr.Number(label=f"{axis}, px of the photo: the point that should be sharp", visible=False) for axis in "xy")
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
        depth_is: str = "disparity",
        x: float | None = None,
        y: float | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, dict[str, Any]]:
        """One picture of a photo, focused and blurred as a prompt says, or a video when it asks for a focus pull."""
        visit = Visit(progress)
        with told_to(visit):
            meaning: Meaning = "metres" if depth_is == "metres" else "disparity"
            opened = Photo.open(photo, max_pixels=ground.pipeline.settings.max_pixels)
            ground.pipeline.check_size(opened, _request(ground, engine, int(long_side), sharp), engine)
            if depth is not None:
                opened = with_depth_file(opened, depth, meaning=meaning, long_side=int(long_side))
            wish = BokehRequest(parse_prompt(prompt), at=None if x is None or y is None else (x, y))
            return _made(ground, opened, wish, engine, int(long_side), sharp, visit)
        raise stopped()

    gr.Button(visible=False).click(documented(prompt, {"prompt": text}), [text], [spec], api_name="prompt", queue=False)
    parameters = {"photo": photo_for_programs(), "prompt": text, "engine": settings["engine"], **making, "x": x, "y": y}
    gr.Button(visible=False).click(
        documented(bokeh, parameters),
        list(parameters.values()),
        [picture, details],
        api_name="bokeh",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )


def _made(
    ground: Ground,
    photo: Photo,
    wish: BokehRequest,
    engine: str,
    long_side: int,
    sharp: bool,
    visit: Visit,
) -> tuple[str, dict[str, Any]]:
    request = _request(ground, engine, long_side, sharp)
    request = request_with_prompt(request, wish.spec or parse_prompt(""), given=frozenset())
    result = ground.pipeline.run(photo, request, engine, lambda stage, done: visit.tell(stage, 0.8 * done))
    made = render(result, wish, ground.folders.new(), progress=lambda stage, done: visit.tell(stage, 0.8 + 0.2 * done))
    region = made.region
    return str(made.result), {
        "understood": made.spec.to_dict(),
        "box": None if region is None else list(region.box),
        "finder": None if region is None else region.finder,
        "confidence": None if region is None else region.confidence,
        "notes": without_folders_in([*result.notes, *made.view.notes]),
        "engine": result.engine,
        "seconds": result.seconds,
    }


def _request(ground: Ground, engine: str, long_side: int, sharp: bool) -> RefocusRequest:
    """The stack itself is not asked for: an engine that can makes it short."""
    can_be_short = "frames" in ground.pipeline.choose(engine).engine.spec.options
    return RefocusRequest(frames=MIN_FRAMES if can_be_short else DEFAULT_FRAMES, long_side=long_side, sharp=sharp)
