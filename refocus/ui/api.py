"""The app as an API: the same actions with plain files as results, named and typed."""

from typing import Any

import gradio as gr

from refocus.models.focal_stack.settings import DEFAULT_STEPS
from refocus.ui.handlers import Handlers

RENDERING = "rendering"
"""Events of this concurrency group run one after the other: rendering uses every core."""


def add_endpoints(handlers: Handlers, controls: list[Any]) -> None:
    """Add the public endpoints to the page; nothing of them is seen there.

    Args:
        handlers: the page's actions.
        controls: photo, engine, blur, frames, aperture, long side, sharp, depth map and its meaning, seed, steps and
            full size, in this order; their labels and defaults become those of the endpoints.
    """
    position = gr.Number(label="Input position, 0 to 8; estimated when left out", precision=0, visible=False)
    video = gr.File(label="Video: the focus sweep, MP4", visible=False)
    frames_zip = gr.File(label="Frames, all-in-focus picture and disparity, ZIP", visible=False)
    details = gr.JSON(label="Details: engine, settings, seconds, notes", visible=False)

    def refocus(
        photo: str,
        engine: str,
        blur: float,
        frames: float,
        aperture: str,
        long_side: float,
        sharp: bool,
        depth: str | None = None,  # the default lets programs leave it out
        depth_is: str = "disparity",
        seed: float = 0,
        steps: float = DEFAULT_STEPS,
        full_size: bool = False,
        input_position: float | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, str, dict[str, Any]]:
        """Make a focal stack of a photo: a video of the focus sweep, all files as a ZIP, and how they were made."""
        *_, last = handlers.refocus(
            photo,
            engine,
            blur,
            int(frames),
            aperture,
            int(long_side),
            sharp,
            depth,
            depth_is,
            int(seed),
            int(steps),
            None if input_position is None else int(input_position),
            full_size,
            None,
            progress,
        )
        if last.made is None:
            raise gr.Error("No photo was given.", print_exception=False)
        return str(last.made.video), str(last.made.frames_zip), last.made.result.metadata()

    gr.Button(visible=False).click(
        refocus,
        [*controls, position],
        [video, frames_zip, details],
        api_name="refocus",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
