"""From the options of a command to the result they ask for."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from refocus.cli.options import default_of
from refocus.core import BadInput, Progress
from refocus.core.settings import AUTO, Settings
from refocus.depth import Meaning, read_strokes
from refocus.depth.file import with_depth_file
from refocus.engines.photo_stack import PhotoStack
from refocus.media import Photo
from refocus.media.mask import read_mask
from refocus.media.photo_files import photos_in
from refocus.optics import APERTURE_NAMES, Aperture
from refocus.pipeline import RefocusPipeline
from refocus.prompts import parse_prompt
from refocus.results import Refocused
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh import BokehRequest, request_with_prompt, where_it_is
from refocus.results.focus_pull import focus_pull
from refocus.results.request import OPTIONS, RefocusRequest
from refocus.results.run_options import asked_depth
from refocus.results.saved import is_saved
from refocus.results.settings_file import StackSettings, read_settings


def wish_of(args: argparse.Namespace) -> BokehRequest:
    """What the options say about one picture; a stack has no point and position."""
    return BokehRequest(
        spec=None if args.prompt is None else parse_prompt(args.prompt),
        at=getattr(args, "at", None),
        position=getattr(args, "position", None),
        aperture=_aperture(args.aperture) if "source" in args else args.aperture,
        blur_amount=BlurAmount.from_options(args.blur, args.f_number, args.k),
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
    return _request_of(args, OPTIONS)


def _request_of(args: argparse.Namespace, names: Iterable[str]) -> RefocusRequest:
    """The request with the options of these names, and with strength and shape from the prompt where none is given."""
    given = {name: vars(args)[name] for name in names if vars(args).get(name) is not None}
    if "aperture" in given:
        given["aperture"] = _shape_name(args)
    if "touch_up" in given:
        given["touch_up"] = read_strokes(given["touch_up"])
    if "depth_source" in given:
        given["depth_source"] = asked_depth(given["depth_source"], args.depth_model)
    request = RefocusRequest.from_options(given)
    if args.prompt is None:
        return request
    return request_with_prompt(request, parse_prompt(args.prompt), given=frozenset(given))


def _again(args: argparse.Namespace) -> StackSettings | None:
    """What a settings file asks for, if one is given."""
    if getattr(args, "settings", None) is None:
        return None
    defaults = {"engine": None, "prompt": None} | {name: default_of(declared) for name, declared in OPTIONS.items()}
    changed = [name for name, default in defaults.items() if vars(args).get(name, default) != default]
    given = [f"--{name.replace('_', '-')}" for name in changed]
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
    request = _request_of(args, ("blur", "f_number", "k", "aperture", "long_side"))
    folder = Path(args.photo)
    captured = PhotoStack.open(
        photos_in(folder),
        long_side=args.long_side,
        name=folder.resolve().name,
        max_pixels=settings.max_pixels,
        max_stack_pixels=settings.max_stack_pixels,
    )
    return RefocusPipeline(settings).run_photo_stack(captured, request, args.photo_order, progress)


def as_prompted(
    result: Refocused, wish: BokehRequest, scratch: Path, *, bare: bool, progress: Progress
) -> tuple[Refocused, Path | None]:
    """The stack with notes on its prompt, and the video of the focus pull, when the prompt asks for one.

    Args:
        scratch: a folder for the video.
        bare: whether a video of the bare frames is wanted instead.
    """
    if wish.spec is None:
        return result, None
    if not wish.pulls_focus or bare:
        return replace(result, engine_notes=(*result.engine_notes, *where_it_is(result, wish))), None
    pull = focus_pull(result, wish, progress=lambda stage, done: progress(stage, 0.7 + 0.1 * done))
    video = scratch / "pull.mp4"
    pull.write(video)
    return replace(
        result, engine_notes=(*result.engine_notes, "stack.mp4 is the focus pull of the prompt.", *pull.notes)
    ), video


def _shape_name(args: argparse.Namespace) -> str:
    """The name of the stack's shape; a drawn one is for the one picture only."""
    return args.aperture if isinstance(_aperture(args.aperture), str) else str(OPTIONS["aperture"].default)


def _aperture(name: str | None) -> str | Aperture | None:
    """A shape by name, or drawn in a PNG."""
    drawn = name is not None and name not in APERTURE_NAMES and Path(name).suffix.lower() == ".png"
    return Aperture.from_mask(read_mask(name)) if name is not None and drawn else name
