"""The comparison as an endpoint for programs."""

from typing import Any

import gradio as gr

from refocus.core import BadInput
from refocus.results.blur_amount import DEFAULT_BLUR
from refocus.results.request import DEFAULT_LONG_SIDE
from refocus.ui.api.refocus_endpoint import documented, stopped
from refocus.ui.app_context import RENDERING, Ground
from refocus.ui.compare.compare_form import asking_for_programs, ready_engines, wish_of
from refocus.ui.compare.compare_tab import compared
from refocus.ui.run.actions import Visit, told_to
from refocus.ui.run.stop_requests import Runs


def add_compare_endpoint(ground: Ground) -> None:
    """Add the public endpoint `compare` to the page; nothing of it is seen there.

    Args:
        ground: pipeline and folders.
    """
    asking = asking_for_programs(ground)
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
        long_side: float = DEFAULT_LONG_SIDE,
        brought: list[str] | None = None,
        far_first: bool = False,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, str, list[dict[str, Any]]]:
        """Compare photos across engines, blur strengths, aperture shapes and depth sources, every combination a column,
        next to results from elsewhere: one labelled picture, a side-by-side video, and how each was made."""
        visit = Visit(progress)
        with told_to(visit):
            if not photos:
                raise BadInput("There is no photo to compare.", todo="Give one or more.")
            given = {
                "engines": ready_engines(ground) if engines is None else engines,
                "blurs": [DEFAULT_BLUR] if blurs is None else blurs,
                "apertures": ["circle"] if apertures is None else apertures,
                "depth_sources": ["auto"] if depth_sources is None else depth_sources,
                "depths": depths,
                "depth_is": depth_is,
                "long_side": long_side,
                "brought": brought,
                "far_first": far_first,
            }
            wish = wish_of(photos, given)
            with Runs().running(visit.session, visit.has_left) as stop:
                made = compared(ground, wish, stop, visit)
        if made is None:
            raise stopped()
        return str(made.grid), str(made.video), made.details

    gr.Button(visible=False).click(
        documented(compare, asking),
        list(asking.values()),
        [grid, video, details],
        api_name="compare",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
