"""The endpoint `compare`: photos through several engines and settings, side by side."""

from typing import Any

import gradio as gr

from refocus.core import BadInput
from refocus.ui.api.endpoints import documented, stopped
from refocus.ui.app_context import RENDERING, AppContext
from refocus.ui.compare.compare_form import compare_inputs, compare_request, ready_engines
from refocus.ui.compare.compare_tab import compare as run_compare
from refocus.ui.controls.control_values import START_VALUES
from refocus.ui.folders import download_copy
from refocus.ui.run.job_context import JobContext


def add_compare_endpoint(context: AppContext) -> None:
    """Add the endpoint to the page, where nothing of it is visible."""
    inputs = compare_inputs(context)
    grid = gr.File(label="Grid: one labelled picture of all columns, PNG", visible=False)
    video = gr.File(label="Video: all side by side, MP4", visible=False)
    details = gr.JSON(
        label="Details of each photo: its columns with settings and seconds, or the reason there is none", visible=False
    )

    def compare(
        photos: list[str],
        engines: list[str] | None = None,  # the defaults let programs leave them out
        blurs: list[float | str] | None = None,
        apertures: list[str] | None = None,
        depth_sources: list[str] | None = None,
        depths: list[str] | None = None,
        depth_is: str = "disparity",
        long_side: float = START_VALUES["long_side"],
        brought: list[str] | None = None,
        far_first: bool = False,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, str, list[dict[str, Any]]]:
        """Compare photos across engines, blur strengths, aperture shapes and depth sources, every combination a column,
        next to results from elsewhere: one labelled picture, a side-by-side video, and how each was made."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            if not photos:
                raise BadInput("There is no photo to compare.", todo="Give one or more.")
            values = {
                "engines": ready_engines(context) if engines is None else engines,
                "blurs": [START_VALUES["blur"]] if blurs is None else blurs,
                "apertures": [START_VALUES["aperture"]] if apertures is None else apertures,
                "depth_sources": [START_VALUES["depth_source"]] if depth_sources is None else depth_sources,
                "depths": depths,
                "depth_is": depth_is,
                "long_side": long_side,
                "brought": brought,
                "far_first": far_first,
            }
            result = run_compare(context, compare_request(list(photos), values), job)
            try:
                return download_copy(result.grid), download_copy(result.video), result.details
            finally:
                context.folders.remove(result.folder)
        raise stopped()

    gr.Button(visible=False).click(
        documented(compare, inputs),
        list(inputs.values()),
        [grid, video, details],
        api_name="compare",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
