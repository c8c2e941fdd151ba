"""The face's controls and pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.engines.captured import PHOTO_ENDINGS
from refocus.engines.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE, DEPTH_CHOICES
from refocus.media.video_in import VIDEO_ENDINGS
from refocus.optics import APERTURE_NAMES
from refocus.pipeline import AUTO
from refocus.ui.comparing.making import ZIP
from refocus.ui.comparing.viewer import CompareViewer
from refocus.ui.comparing.wish import Wish
from refocus.ui.controls import FILE_HEIGHT_PX, engine_choices
from refocus.ui.ground import Ground
from refocus.ui.photo_side import photo_control
from refocus.ui.words import label, say

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
    several = ("engines", "blurs", "apertures", "depth_sources", "depths", "brought")
    return Wish(
        photos=tuple(dict.fromkeys(photo for photo in photos if photo)),
        depth_is=values["depth_is"],
        long_side=int(values["long_side"]),
        far_first=bool(values["far_first"]),
        **{name: tuple(values[name] or ()) for name in several},
    )


@dataclass(frozen=True, slots=True)
class Face:
    """The components of the face.

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
    """Put the face's components on the page."""
    gr.Markdown(label("comparing.tagline"), elem_id="compare-tagline")
    with gr.Row(elem_id="compare-desk"):
        with gr.Column(elem_id="compare-controls"):
            photo = photo_control(label("photo"), elem_id="compare-photo")
            further = _SEEN.files("comparing.further", list(PHOTO_ENDINGS), "further")
            others = _ways(ground, _SEEN)
            button = gr.Button(label("comparing.compare"), variant="primary", elem_id="compare-button")
            stop = gr.Button(label("stop"), visible=False, elem_id="compare-stop")
            with gr.Accordion(label("more"), open=False, elem_id="compare-more"):
                others |= _more(_SEEN)
                gr.Markdown(label("comparing.named"), elem_id="compare-named")
        with gr.Column(elem_id="compare-pictures"):
            viewer = CompareViewer(elem_id="compare-viewer", padding=False)
            status = gr.Markdown(label("comparing.next"), elem_id="compare-status")
            with gr.Row(elem_id="compare-downloads"):
                grid, video = (_download(name) for name in ("grid", "video"))
    return Face(Asking(photo, further, others), button, stop, viewer, status, grid, video)


def _download(name: str) -> gr.DownloadButton:
    words: Any = label(f"comparing.{name}")
    return gr.DownloadButton(words, interactive=False, elem_id=f"compare-{name}")


def asking_for_programs(ground: Ground) -> dict[str, Component]:
    """Unseen components for every field of `Wish`, in English: parameters of an endpoint."""
    photos = _UNSEEN.files("comparing.photos", list(PHOTO_ENDINGS), "photos")
    return {"photos": photos, **_ways(ground, _UNSEEN), **_more(_UNSEEN)}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Components as they stand on the page, or unseen ones for programs.

    Attributes:
        words: of a key, for a label.
        seen: whether they are on the page.
    """

    words: Callable[[str], Any]
    seen: bool

    def shown(self, words: str, name: str) -> dict[str, Any]:
        """What every component is given."""
        return {"label": self.words(words), "elem_id": f"compare-{name}" if self.seen else None, "visible": self.seen}

    def several(self, words: str, choices: list[Any], start: list[Any], name: str, **more: Any) -> Component:
        """Takes several of some choices."""
        return gr.Dropdown(choices, value=start, multiselect=True, **self.shown(words, name), **more)

    def files(self, words: str, endings: list[str], name: str) -> Component:
        """Takes several files."""
        return gr.File(file_count="multiple", file_types=endings, height=FILE_HEIGHT_PX, **self.shown(words, name))


_SEEN, _UNSEEN = _Kind(label, True), _Kind(say, False)


def _ways(ground: Ground, kind: _Kind) -> dict[str, Component]:
    """Engines and strengths."""
    engines = engines_to_compare(ground)
    info = kind.words("comparing.strengthsInfo")
    return {
        "engines": gr.CheckboxGroup(engines, value=ready_engines(ground), **kind.shown("comparing.engines", "engines")),
        "blurs": kind.several("comparing.blurs", _BLURS, [DEFAULT_BLUR], "blurs", allow_custom_value=True, info=info),
    }


def _more(kind: _Kind) -> dict[str, Component]:
    """Shapes, depth, size, and results of others."""
    depths = [(kind.words(f"depthSource.{choice}"), choice) for choice in DEPTH_CHOICES]
    meanings = [(kind.words(f"depthIs.{meaning}"), meaning) for meaning in ("disparity", "metres")]
    size, info = kind.shown("longSide", "long-side"), kind.words("longSide.info")
    return {
        "apertures": kind.several("comparing.apertures", list(APERTURE_NAMES), ["circle"], "apertures"),
        "depth_sources": kind.several("comparing.depthSources", depths, ["auto"], "depths"),
        "depths": kind.files("comparing.depths", [".npy", ".npz", ".png"], "depth-files"),
        "depth_is": gr.Radio(meanings, value="disparity", **kind.shown("depthIs", "depth-is")),
        "long_side": gr.Slider(256, 2048, DEFAULT_LONG_SIDE, step=64, info=info, **size),
        "brought": kind.files("comparing.brought", [*PHOTO_ENDINGS, *VIDEO_ENDINGS, ZIP], "brought"),
        "far_first": gr.Checkbox(False, **kind.shown("comparing.farFirst", "far-first")),
    }


def engines_to_compare(ground: Ground, language: str = "en") -> list[tuple[Any, str]]:
    """The engines to choose from, by what they are called and their name."""
    return [choice for choice in engine_choices(ground.engine_states(), language) if choice[1] != AUTO]


def ready_engines(ground: Ground) -> list[str]:
    """Engines that run here without taking hours."""
    return [name for name, (_, state) in ground.engine_states().items() if state.ready and not state.only_by_name]
