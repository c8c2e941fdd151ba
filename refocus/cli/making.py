"""From the options of a command to the result they ask for."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from refocus.core import BadInput, Progress
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.settings import Settings
from refocus.depth import Meaning, read_strokes
from refocus.engines.photo_stack import PhotoStack
from refocus.media import Photo
from refocus.media.mask import read_mask
from refocus.media.photo_files import photos_in
from refocus.optics import APERTURE_NAMES, Aperture
from refocus.pipeline import AUTO, RefocusPipeline, asked_depth, with_depth_file
from refocus.prompts import parse_prompt
from refocus.results import Refocused
from refocus.results.bokeh import BokehWish, request_with_prompt, where_it_is
from refocus.results.focus_pull import focus_pull
from refocus.results.request import DEFAULT_LONG_SIDE, RefocusRequest
from refocus.results.saved import is_saved
from refocus.results.settings_file import StackSettings, read_settings


def wish_of(args: argparse.Namespace) -> BokehWish:
    """What the options say about one picture; a stack has no point and position."""
    return BokehWish(
        spec=None if args.prompt is None else parse_prompt(args.prompt),
        at=getattr(args, "at", None),
        position=getattr(args, "position", None),
        aperture=_aperture(args.aperture) if "source" in args else args.aperture,
        blur=args.blur,
        f_number=args.f_number,
        k=args.k,
    )


@dataclass(frozen=True, slots=True)
class Making:
    """What the options ask for, checked before any photo is read; makes any number of photos.

    Attributes:
        pipeline: holds the engines, so that weights are loaded once.
        request: what to make.
        engine: by name; None for the settings' own.
        depth, depth_is: the user's own map.
    """

    pipeline: RefocusPipeline
    request: RefocusRequest
    engine: str | None
    depth: str | None
    depth_is: Meaning

    def of(self, path: str | Path, progress: Progress) -> Refocused:
        """Open a photo and make its stack."""
        photo = Photo.open(path, max_pixels=self.pipeline.settings.max_pixels)
        return self.pipeline.run(self.with_depth(photo), self.request, self.engine, progress)

    def with_depth(self, photo: Photo) -> Photo:
        """The photo with the map of the options, if they name one."""
        if not self.depth:
            return photo
        return with_depth_file(photo, self.depth, meaning=self.depth_is, long_side=self.request.long_side)


def making_of(args: argparse.Namespace, settings: Settings) -> Making:
    """Read the options; refuses an engine that is not ready."""
    again = _again(args)
    request = again.request if again is not None else request_of(args)
    engine = again.engine if again is not None else args.engine
    asked = {"models": args.model, "depth_model": args.depth_model}
    pipeline = RefocusPipeline(replace(settings, **{name: value for name, value in asked.items() if value is not None}))
    pipeline.choose(engine)
    return Making(pipeline, request, engine, args.depth, args.depth_is)


def make(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    """From one photo."""
    return making_of(args, settings).of(args.photo if "photo" in args else args.source, progress)


def load_or_make(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    """From a saved stack, with strokes where some are given, or from a photo."""
    if not is_saved(args.source):
        return make(args, settings, progress)
    result = RefocusPipeline(settings).load(args.source)
    return result if args.touch_up is None else result.touched_up(read_strokes(args.touch_up), progress=progress)


def request_of(args: argparse.Namespace) -> RefocusRequest:
    """What the options ask of an engine."""
    return _prompted(
        args,
        RefocusRequest(
            frames=args.frames,
            blur=args.blur,
            f_number=args.f_number,
            k=args.k,
            aperture=_shape_name(args),
            long_side=args.long_side,
            sharp=args.sharp,
            seed=args.seed,
            steps=args.steps,
            input_position=args.input_position,
            full_size=args.full_size,
            depth_source=asked_depth(args.depth_source, args.depth_model),
            touch_up=() if args.touch_up is None else read_strokes(args.touch_up),
            guidance=args.guidance,
            decode_overlap=args.decode_overlap,
            corrected_clip=args.corrected_clip,
        ),
    )


# What a settings file holds, and what each option is when nobody gave it.
_IN_SETTINGS = {
    "engine": None, "frames": DEFAULT_FRAMES, "blur": None, "f_number": None, "k": None, "aperture": None,
    "prompt": None,
    "sharp": False, "long_side": DEFAULT_LONG_SIDE, "seed": 0, "steps": None, "input_position": None,
    "full_size": False, "depth_source": "auto", "touch_up": None, "guidance": None, "decode_overlap": 0,
    "corrected_clip": False,
}  # fmt: skip


def _again(args: argparse.Namespace) -> StackSettings | None:
    """What a settings file asks for, if one is given."""
    if getattr(args, "settings", None) is None:
        return None
    given = [f"--{name.replace('_', '-')}" for name, unset in _IN_SETTINGS.items() if getattr(args, name) != unset]
    if given:
        raise BadInput(f"{' and '.join(given)} cannot be given beside --settings.", todo="Leave one of them out.")
    again = read_settings(args.settings)
    if again.depth_file is not None and args.depth is None:
        raise BadInput(
            f"These settings used the depth map {again.depth_file}.",
            todo=f"Give it with --depth FILE --depth-is {again.depth_is}.",
        )
    return again


def make_captured(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    """From a folder of photos of a real focal stack."""
    asked = {
        "--depth": args.depth,
        "--depth-source": args.depth_source != AUTO,
        "--depth-model": args.depth_model,
        "--touch-up": args.touch_up,
        "--engine": args.engine not in (None, AUTO),
    }
    unfit = [name for name, given in asked.items() if given]
    if unfit:
        raise BadInput(
            f"{' and '.join(unfit)} cannot be used with a folder of photos: their own focus tells the depth.",
            todo="Leave it out.",
        )
    request = _prompted(
        args,
        RefocusRequest(
            blur=args.blur, f_number=args.f_number, k=args.k, aperture=_shape_name(args), long_side=args.long_side
        ),
    )
    folder = Path(args.photo)
    captured = PhotoStack.open(
        photos_in(folder),
        long_side=args.long_side,
        name=folder.resolve().name,
        max_pixels=settings.max_pixels,
        max_stack_pixels=settings.max_stack_pixels,
    )
    return RefocusPipeline(settings).run_captured(captured, request, args.photo_order, progress)


def as_prompted(
    result: Refocused, wish: BokehWish, scratch: Path, *, bare: bool, progress: Progress
) -> tuple[Refocused, Path | None]:
    """The stack with notes on its prompt, and the video of the focus pull, when the prompt asks for one.

    Args:
        scratch: a folder for the video.
        bare: whether a video of the bare frames is wanted instead.
    """
    if wish.spec is None:
        return result, None
    if not wish.pulls_focus or bare:
        return replace(result, notes=(*result.notes, *where_it_is(result, wish))), None
    pull = focus_pull(result, wish, progress=lambda stage, done: progress(stage, 0.7 + 0.1 * done))
    video = scratch / "pull.mp4"
    pull.write(video)
    return replace(result, notes=(*result.notes, "stack.mp4 is the focus pull of the prompt.", *pull.notes)), video


def _prompted(args: argparse.Namespace, request: RefocusRequest) -> RefocusRequest:
    """The request with strength and shape from the prompt, where no option gives them."""
    if args.prompt is None:
        return request
    given = frozenset(name for name in ("blur", "f_number", "k", "aperture") if getattr(args, name) is not None)
    return request_with_prompt(request, parse_prompt(args.prompt), given=given)


def _shape_name(args: argparse.Namespace) -> str:
    """The name of the stack's shape; a drawn one is for the one picture only."""
    return args.aperture if isinstance(_aperture(args.aperture), str) else "circle"


def _aperture(name: str | None) -> str | Aperture | None:
    """A shape by name, or drawn in a PNG."""
    drawn = name is not None and name not in APERTURE_NAMES and Path(name).suffix.lower() == ".png"
    return Aperture.from_mask(read_mask(name)) if name is not None and drawn else name
