"""Options beside the request: the engine, its weights, a depth map of the user's own; and views of the whole table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refocus.core.settings import (
    AUTO,
    DIFFUSION_ENGINES,
    EVERY_ENGINE,
    GENERATIVE,
    THIN_LENS,
    VIDEO_DIFFUSION,
)
from refocus.depth import Meaning
from refocus.depth.sources import DepthChoice
from refocus.results.options import Option, option, options_of
from refocus.results.request import OPTIONS

_BESIDE = {
    "depth_source": ("depth", "depth_is"),
    "pre_deblur": ("pre_deblurred",),
    "input_position": ("more_photos",),
}
"""Run options that follow an option of the request on the page."""
_USES_DEPTH = frozenset({THIN_LENS, GENERATIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a user can choose beside the request; `RUN_OPTIONS` describes the fields."""

    engine: str | None = option(None, label="Engine", help=f"{AUTO} (default) or a name from `engines`")
    depth: Path | None = option(
        None,
        label="Your own depth map (.npy, .npz, PNG)",
        help="your own map: .npy, .npz, 16- or 8-bit PNG",
        metavar="FILE",
        engines=_USES_DEPTH,
    )
    depth_is: Meaning = option(
        "disparity",
        label="Depth map values",
        help="what the map holds: disparity (default; larger is nearer), depth (larger is farther) or metres",
        choices=("disparity", "depth", "metres"),
        choice_labels={
            "disparity": "Larger (white) is nearer",
            "depth": "Larger (white) is farther",
            "metres": "Distance in metres",
        },
        engines=_USES_DEPTH,
    )
    pre_deblurred: Path | None = option(
        None,
        label="Your own pre-deblurred picture",
        help="the photo as deblurred elsewhere, of its proportions: what DeblurNet sees beside the photo",
        metavar="FILE",
        engines=frozenset({GENERATIVE}),
    )
    more_photos: Sequence[Path] | None = option(
        None,
        label="More photos of the scene (one or two)",
        help="one or two photos of the same still scene and size, focused elsewhere, for weights trained with several",
        metavar="FILE",
        engines=frozenset({VIDEO_DIFFUSION}),
    )
    depth_model: str | None = option(
        None,
        label="Depth network",
        help="depth network to use: hub name (depth-anything/Depth-Anything-V2-Small-hf, apple/DepthPro-hf) or folder",
        metavar="NAME",
        on_page=False,
    )
    model: Path | None = option(
        None,
        label="Weights of the diffusion engines",
        help="folder of their weights; by default REFOCUS_MODELS, then the hub's",
        metavar="FOLDER",
        engines=DIFFUSION_ENGINES,
        on_page=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """What a user can choose for a single picture alone; `PICTURE_OPTIONS` describes the fields."""

    focus_mask: Path | None = option(
        None,
        label="Mask of what is to be sharp (PNG)",
        help="PNG of the photo's proportions, white what is to be sharp: its median distance is in focus",
        metavar="FILE",
        engines=EVERY_ENGINE,
    )


PICTURE_OPTIONS: Mapping[str, Option] = options_of(PictureOptions)
"""Every option of single pictures alone, by name."""
RUN_OPTIONS: Mapping[str, Option] = options_of(RunOptions)
"""Every option beside the request, by name."""


def options_used_by(engine: str) -> frozenset[str]:
    """Names of the options that one of our engines uses; see `EngineSpec.options`."""
    every = {**RUN_OPTIONS, **OPTIONS}
    return frozenset(name for name, declared in every.items() if engine in declared.engines)


def options_for_pictures(engine: str) -> frozenset[str]:
    """Those that change only single pictures rendered from an engine's results; see `EngineSpec.for_pictures`."""
    return frozenset(name for name, declared in OPTIONS.items() if engine in declared.pictures_only)


def page_options() -> dict[str, Option]:
    """The options of page, API and links by name, in the order of the API's parameters."""
    names = ["engine"]
    for name in OPTIONS:
        names += [name, *_BESIDE.get(name, ())]
    every = {**RUN_OPTIONS, **OPTIONS}
    return {name: every[name] for name in names if every[name].on_page}


def requested_depth_source(source: DepthChoice, model: str | None) -> DepthChoice:
    """The depth source of a request: the network when one is named, unless another source is named too."""
    return "model" if source == "auto" and model is not None else source
