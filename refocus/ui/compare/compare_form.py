"""The components of the Compare tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core.settings import AUTO
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.media.read_video import VIDEO_ENDINGS
from refocus.results.blur_amount import DEFAULT_BLUR
from refocus.results.request import DEFAULT_LONG_SIDE
from refocus.ui.app_context import Ground
from refocus.ui.compare.compare_choices import Wish
from refocus.ui.compare.comparison_viewer import CompareViewer
from refocus.ui.compare.run_comparison import ZIP
from refocus.ui.controls.settings_controls import (
    APERTURE_CHOICES,
    DEPTH_IS,
    DEPTH_IS_CHOICES,
    DEPTH_SOURCE_CHOICES,
    FILE_HEIGHT_PX,
    LONG_SIDE_INFO,
    engine_choices,
)
from refocus.ui.photo.photo_area import photo_control

_TAGLINE = (
    "Run the same photos through several engines, settings or depth sources, and see the results side by side, "
    "together with results from elsewhere."
)
_NAMING = (
    "Results from elsewhere can be videos, frames from near to far, or ZIPs. "
    "With several photos, name videos, ZIPs and depth maps after their photo."
)
NEXT_STEP = "Choose photos and what to compare: every combination becomes a column, at most 8."
_BLURS = [0.2, 0.4, 0.6, 0.8, 1.0]


@dataclass(frozen=True, slots=True)
class Asking:
    """The components that say what to compare.

    Attributes:
        photo: the first photo.
        further: files of more.
        others: by the field of `Wish` they fill.
    """

    photo: Component
    further: Component
    others: Mapping[str, Component]

    def all(self) -> set[Component]:
        """What `wish` reads."""
        return {self.photo, self.further, *self.others.values()}

    def wish(self, values: Mapping[Block, Any]) -> Wish:
        """What shall be compared."""
        photos = [values[self.photo], *(values[self.further] or ())]
        return wish_of(photos, {name: values[component] for name, component in self.others.items()})


def wish_of(photos: Sequence[str | None], values: Mapping[str, Any]) -> Wish:
    """A wish from the values of components by the field they fill; what was emptied is None."""
    several = ("engines", "blurs", "apertures", "depth_sources", "depths")
    return Wish(
        photos=tuple(dict.fromkeys(photo for photo in photos if photo)),
        depth_is=values["depth_is"],
        long_side=int(values["long_side"]),
        far_first=bool(values["far_first"]),
        imported=tuple(values["brought"] or ()),
        **{name: tuple(values[name] or ()) for name in several},
    )


@dataclass(frozen=True, slots=True)
class Face:
    """The components of the tab.

    Attributes:
        asking: what to compare.
        button: starts it.
        stop: in its place while it runs.
        viewer: shows the stacks.
        status: the line below.
        grid, video: to download.
    """

    asking: Asking
    button: gr.Button
    stop: gr.Button
    viewer: CompareViewer
    status: gr.Markdown
    grid: gr.DownloadButton
    video: gr.DownloadButton


def add_face(ground: Ground) -> Face:
    """Put the components on the page."""
    gr.Markdown(_TAGLINE, elem_id="compare-tagline")
    with gr.Row(elem_id="compare-desk"):
        with gr.Column(elem_id="compare-controls"):
            photo = photo_control("Photo", elem_id="compare-photo")
            further = _SEEN.files("More photos", list(PHOTO_ENDINGS), "further")
            others = _ways(ground, _SEEN)
            button = gr.Button("Compare", variant="primary", elem_id="compare-button")
            stop = gr.Button("Stop", visible=False, elem_id="compare-stop")
            with gr.Accordion("More settings", open=False, elem_id="compare-more"):
                others |= _more(_SEEN)
                gr.Markdown(_NAMING, elem_id="compare-named")
        with gr.Column(elem_id="compare-pictures"):
            viewer = CompareViewer(elem_id="compare-viewer", padding=False)
            status = gr.Markdown(NEXT_STEP, elem_id="compare-status")
            with gr.Row(elem_id="compare-downloads"):
                grid = _download("Download grid (PNG)", "grid")
                video = _download("Download video (MP4)", "video")
    return Face(Asking(photo, further, others), button, stop, viewer, status, grid, video)


def _download(label: str, name: str) -> gr.DownloadButton:
    return gr.DownloadButton(label, interactive=False, elem_id=f"compare-{name}")


def asking_for_programs(ground: Ground) -> dict[str, Component]:
    """Unseen components for every field of `Wish`: parameters of an endpoint."""
    photos = _UNSEEN.files("Photos", list(PHOTO_ENDINGS), "photos")
    return {"photos": photos, **_ways(ground, _UNSEEN), **_more(_UNSEEN)}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Components as they stand on the page, or unseen ones for programs.

    Attributes:
        seen: whether they are on the page.
    """

    seen: bool

    def shown(self, label: str, name: str) -> dict[str, Any]:
        """What every component is given."""
        return {"label": label, "elem_id": f"compare-{name}" if self.seen else None, "visible": self.seen}

    def several(self, label: str, choices: list[Any], start: list[Any], name: str, **more: Any) -> Component:
        """Takes several of some choices."""
        return gr.Dropdown(choices, value=start, multiselect=True, **self.shown(label, name), **more)

    def files(self, label: str, endings: list[str], name: str) -> Component:
        """Takes several files."""
        return gr.File(file_count="multiple", file_types=endings, height=FILE_HEIGHT_PX, **self.shown(label, name))


_SEEN, _UNSEEN = _Kind(True), _Kind(False)


def _ways(ground: Ground, kind: _Kind) -> dict[str, Component]:
    """Engines and strengths."""
    engines = engines_to_compare(ground)
    info = "0 to 1, or an f-number such as f/2."
    return {
        "engines": gr.CheckboxGroup(engines, value=ready_engines(ground), **kind.shown("Engines", "engines")),
        "blurs": kind.several("Blur strengths", _BLURS, [DEFAULT_BLUR], "blurs", allow_custom_value=True, info=info),
    }


def _more(kind: _Kind) -> dict[str, Component]:
    """Shapes, depth, size, and results of others."""
    size = kind.shown("Long side, px", "long-side")
    return {
        "apertures": kind.several("Aperture shapes", APERTURE_CHOICES, ["circle"], "apertures"),
        "depth_sources": kind.several("Depth from", DEPTH_SOURCE_CHOICES, ["auto"], "depths"),
        "depths": kind.files("Your own depth maps", [".npy", ".npz", ".png"], "depth-files"),
        "depth_is": gr.Radio(DEPTH_IS_CHOICES, value="disparity", **kind.shown(DEPTH_IS, "depth-is")),
        "long_side": gr.Slider(256, 2048, DEFAULT_LONG_SIDE, step=64, info=LONG_SIDE_INFO, **size),
        "brought": kind.files("Results from elsewhere", [*PHOTO_ENDINGS, *VIDEO_ENDINGS, ZIP], "brought"),
        "far_first": gr.Checkbox(
            False, **kind.shown("Results from elsewhere start at the farthest focus", "far-first")
        ),
    }


def engines_to_compare(ground: Ground) -> list[tuple[str, str]]:
    """The engines to choose from, by what they are called and their name."""
    return [choice for choice in engine_choices(ground.engine_states()) if choice[1] != AUTO]


def ready_engines(ground: Ground) -> list[str]:
    """Engines that run here without taking hours."""
    return [name for name, (_, state) in ground.engine_states().items() if state.ready and not state.only_by_name]
