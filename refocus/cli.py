"""The command line: the same requests as in the app, from a terminal."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from refocus.core import BadInput, Cancelled, EngineNotReady, Progress, RefocusError
from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.core.settings import Settings
from refocus.engines import Refocused
from refocus.engines.bokeh import BokehWish, bokeh_picture, request_with_prompt, where_it_is
from refocus.engines.captured import PHOTO_ORDERS, CapturedStack, photos_in
from refocus.engines.focus_pull import focus_pull
from refocus.engines.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE, RefocusRequest
from refocus.engines.saved import is_saved, load_refocused
from refocus.media import Photo
from refocus.media.mask import read_mask
from refocus.media.picture import check_picture_path, save_picture
from refocus.models.hub import Download
from refocus.optics import APERTURE_NAMES, Aperture
from refocus.pipeline import AUTO, RefocusPipeline, with_depth_file
from refocus.prompt import parse_prompt

DONE, UNEXPECTED, BAD_INPUT, NOT_READY, STOPPED = 0, 1, 2, 3, 130

_DESCRIPTION = """\
Give a photo its focus back: a focal stack from near to far, as frames and a video,
or one picture focused where you say.

  python -m refocus stack cat.jpg --out cat/              nine frames and a video
  python -m refocus stack photos/ --out bug/              your own photos, focused step by step
  python -m refocus bokeh cat/ --at 400,300 --out cat.png  the same photo, focused on a point
  python -m refocus bokeh cat/ --prompt "the cat's eyes, heart-shaped bokeh at f/1.4" --out cat.png
  python -m refocus serve                                 the app in the browser
"""
_BAR = "{desc:<34} {percentage:3.0f}%|{bar:24}| {elapsed}"
_STATUS = "Exit status: 0 done, 1 unexpected, 2 bad usage or input, 3 engine not ready."


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        args = _parser().parse_args(arguments)
        args.run(args, Settings.from_environment(os.environ))
        return DONE
    except (Cancelled, KeyboardInterrupt):
        return _say("Stopped; nothing was written.", STOPPED)
    except BadInput as error:
        return _say(str(error), BAD_INPUT)
    except EngineNotReady as error:
        return _say(str(error), NOT_READY)
    except RefocusError as error:
        return _say(str(error), UNEXPECTED)


def _say(message: str, status: int) -> int:
    sys.stderr.write(f"refocus: {' '.join(message.split())}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m refocus",
        description=_DESCRIPTION,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add_stack(commands)
    _add_bokeh(commands)
    prompt = commands.add_parser("prompt", help="what a bokeh prompt is understood to say, as JSON")
    prompt.add_argument("text", metavar="TEXT", nargs="+", help='such as "focus on the dog, f/1.4, heart-shaped bokeh"')
    prompt.set_defaults(run=_prompt)
    engines = commands.add_parser("engines", help="each engine: ready, or what is missing and what to do")
    engines.add_argument("--download", metavar="NAME", help="get the weights of that engine from the Hugging Face hub")
    engines.add_argument("--yes", action="store_true", help="download without asking; you have read the licences")
    engines.set_defaults(run=_engines)
    serve = commands.add_parser("serve", help="the app in the browser; the same as `python app.py`")
    serve.set_defaults(run=_serve)
    return parser


def _add_stack(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "stack",
        help="a focal stack of a photo: frames, video, disparity",
        description="Make a focal stack of a photo: frame_00.png (nearest) and on, all_in_focus.png, disparity.npy, "
        "disparity.png (16 bit), stack.mp4 and stack.json. A folder of 3 or more photos of one still scene, focused "
        "step by step, is aligned and becomes the stack itself; then only the size and the bokeh's options count.",
        epilog=_STATUS,
    )
    parser.add_argument(
        "photo", metavar="PHOTO_OR_DIR", help="JPEG, PNG, WebP, HEIC, AVIF or TIFF, or a folder of them"
    )
    parser.add_argument("--out", metavar="DIR", required=True, type=Path, help="folder for the results")
    _add_prompt(
        parser, "what a photographer would say; gives blur and shape, and “rack focus from A to B” makes stack.mp4"
    )
    _add_making(parser, aperture="NAME")
    parser.add_argument(
        "--photo-order",
        choices=PHOTO_ORDERS,
        default=PHOTO_ORDERS[0],
        help="folder of photos: where the first one is focused; by default the colour of the blur tells",
    )
    parser.add_argument(
        "--fps", type=_rate, help="make the video of the bare frames at this rate, instead of a smooth 24 fps sweep"
    )
    parser.set_defaults(run=_stack)


def _add_bokeh(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "bokeh",
        help="one picture, focused where you say",
        description="Render one picture, focused as a prompt says, on a point or on a stack position, from a photo or "
        "from a folder that `stack` wrote (then nothing is estimated again). With --out ending in .mp4 and a prompt "
        "such as “rack focus from the cup to the window” it is a video of that focus pull.",
        epilog=_STATUS,
    )
    parser.add_argument("source", metavar="PHOTO_OR_DIR", help="a photo, or a folder written by `stack`")
    parser.add_argument("--out", metavar="FILE", required=True, type=Path, help="picture to write: .png or .jpg")
    _add_prompt(parser, "what a photographer would say: “focus on the red car on the left, f/1.4, star-shaped bokeh”")
    focus = parser.add_mutually_exclusive_group()
    focus.add_argument("--at", metavar="X,Y", type=_point, help="pixel of the photo to be sharp; the middle by default")
    focus.add_argument("--position", metavar="P", type=float, help="stack position, 0 nearest; may be fractional")
    _add_making(parser, aperture="NAME|FILE")
    parser.set_defaults(run=_bokeh)


def _add_prompt(parser: argparse.ArgumentParser, meaning: str) -> None:
    parser.add_argument("--prompt", metavar="TEXT", help=f"{meaning}; options given beside it win")


def _add_making(parser: argparse.ArgumentParser, *, aperture: str) -> None:
    parser.add_argument("--engine", default=None, help=f"{AUTO} (default) or a name from `engines`")
    parser.add_argument(
        "--frames", type=int, default=DEFAULT_FRAMES, help=f"{MIN_FRAMES} to {MAX_FRAMES}; default %(default)s"
    )
    strength = parser.add_mutually_exclusive_group()
    strength.add_argument("--blur", metavar="B", type=float, help=f"strength, 0 to 1; default {DEFAULT_BLUR}")
    strength.add_argument("--f-number", metavar="N", type=float, help="aperture as on a lens, e.g. 1.8")
    own = "; or a PNG of your own, white where light passes" if aperture == "NAME|FILE" else ""
    parser.add_argument(
        "--aperture", metavar=aperture, help=f"shape of the lens opening: {', '.join(APERTURE_NAMES)}{own}"
    )
    parser.add_argument("--depth", metavar="FILE", help="your own map: .npy, .npz, 16- or 8-bit PNG")
    parser.add_argument(
        "--depth-is",
        choices=["disparity", "metres"],
        default="disparity",
        help="what the map holds; by default disparity (larger is nearer)",
    )
    parser.add_argument("--sharp", action="store_true", help="the photo is already sharp from front to back")
    parser.add_argument(
        "--long-side", metavar="PX", type=int, default=DEFAULT_LONG_SIDE, help="size to compute at; default %(default)s"
    )
    diffusion = parser.add_argument_group("diffusion engines")
    diffusion.add_argument(
        "--model",
        metavar="FOLDER",
        type=Path,
        help="folder of their weights; by default REFOCUS_MODELS, then the hub's",
    )
    diffusion.add_argument(
        "--seed", metavar="N", type=int, default=0, help="of the noise they start from; default %(default)s"
    )
    diffusion.add_argument("--steps", metavar="N", type=int, help="denoising steps; by default as published")
    diffusion.add_argument(
        "--input-position",
        metavar="auto|0..8",
        type=_input_position,
        help="video-diffusion: where the photo was focused, 0 (about 5 cm) to 8 (infinity); by default estimated",
    )
    diffusion.add_argument(
        "--full-size", action="store_true", help="video-diffusion: bring the frames to the photo's own size"
    )


def _rate(text: str) -> float:
    rate = float(text)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{text} is no rate for a video; choose 1 to 60")
    return rate


def _input_position(text: str) -> int | None:
    if text == "auto":
        return None
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor a whole number") from error


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no point; write it as 400,300") from error
    return x, y


def _prompt(args: argparse.Namespace, settings: Settings) -> None:
    sys.stdout.write(parse_prompt(" ".join(args.text)).to_json() + "\n")


def _stack(args: argparse.Namespace, settings: Settings) -> None:
    if args.out.exists() and not args.out.is_dir():
        raise BadInput(f"{args.out} is a file, so no folder of that name can be made.", todo="Choose another place.")
    wish = _wish(args)
    with _progress_bar() as progress, tempfile.TemporaryDirectory() as scratch:
        make = _make_captured if Path(args.photo).is_dir() else _make
        result = make(args, settings, lambda stage, done: progress(stage, 0.7 * done))
        result, video = _as_prompted(result, wish, args, Path(scratch), progress)
        result.save(args.out, fps=args.fps, video=video, progress=lambda stage, done: progress(stage, 0.8 + 0.2 * done))
    _report(result, f"{len(result.stack)} frames and a video in {args.out}")


def _as_prompted(
    result: Refocused, wish: BokehWish, args: argparse.Namespace, scratch: Path, progress: Progress
) -> tuple[Refocused, Path | None]:
    """The stack with notes on its prompt, and the video of the focus pull, when the prompt asks for one."""
    if wish.spec is None:
        return result, None
    if not wish.pulls_focus or args.fps is not None:
        return replace(result, notes=(*result.notes, *where_it_is(result, wish))), None
    pull = focus_pull(result, wish, progress=lambda stage, done: progress(stage, 0.7 + 0.1 * done))
    video = scratch / "pull.mp4"
    pull.write(video)
    return replace(result, notes=(*result.notes, "stack.mp4 is the focus pull of the prompt.", *pull.notes)), video


def _bokeh(args: argparse.Namespace, settings: Settings) -> None:
    wish = _wish(args)
    is_video = args.out.suffix.lower() == ".mp4"
    if is_video and not wish.pulls_focus:
        raise BadInput("A video needs a focus pull.", todo='Add, for instance, --prompt "from the cup to the window".')
    if not is_video:
        check_picture_path(args.out)
    with _progress_bar() as progress:
        result = load_refocused(args.source) if is_saved(args.source) else _make(args, settings, progress)
        if is_video:
            pull = focus_pull(result, wish, progress=progress)
            pull.write(args.out, progress=progress)
            notes = pull.notes
        else:
            made = bokeh_picture(result, wish)
            save_picture(args.out, made.picture)
            notes = made.notes
            if wish.pulls_focus:
                notes = (*notes, "End --out in .mp4 for a video of the whole pull.")
    _report(replace(result, notes=(*result.notes, *notes)), str(args.out))


def _wish(args: argparse.Namespace) -> BokehWish:
    """What the options say about one picture; a stack has no point and position."""
    return BokehWish(
        spec=None if args.prompt is None else parse_prompt(args.prompt),
        at=getattr(args, "at", None),
        position=getattr(args, "position", None),
        aperture=_aperture(args.aperture) if "source" in args else args.aperture,
        blur=args.blur,
        f_number=args.f_number,
    )


def _aperture(name: str | None) -> str | Aperture | None:
    """A shape by name, or drawn in a PNG."""
    drawn = name is not None and name not in APERTURE_NAMES and Path(name).suffix.lower() == ".png"
    return Aperture.from_mask(read_mask(name)) if name is not None and drawn else name


def _make(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    request = _prompted(
        args,
        RefocusRequest(
            frames=args.frames,
            blur=args.blur,
            f_number=args.f_number,
            aperture=_shape_name(args),
            long_side=args.long_side,
            sharp=args.sharp,
            seed=args.seed,
            steps=args.steps,
            input_position=args.input_position,
            full_size=args.full_size,
        ),
    )
    pipeline = RefocusPipeline(settings if args.model is None else replace(settings, models=args.model))
    pipeline.choose(args.engine)  # refused before the photo is read
    photo = Photo.open(args.photo if "photo" in args else args.source, max_pixels=settings.max_pixels)
    if args.depth:
        photo = with_depth_file(photo, args.depth, meaning=args.depth_is, long_side=args.long_side)
    return pipeline.run(photo, request, args.engine, progress)


def _prompted(args: argparse.Namespace, request: RefocusRequest) -> RefocusRequest:
    """The request with strength and shape from the prompt, where no option gives them."""
    if args.prompt is None:
        return request
    given = frozenset(name for name in ("blur", "f_number", "aperture") if getattr(args, name) is not None)
    return request_with_prompt(request, parse_prompt(args.prompt), given=given)


def _shape_name(args: argparse.Namespace) -> str:
    """The name of the stack's shape; a drawn one is for the one picture only."""
    return args.aperture if isinstance(_aperture(args.aperture), str) else "circle"


def _make_captured(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    """From a folder of photos of a real focal stack."""
    unfit = [name for name, given in (("--depth", args.depth), ("--engine", args.engine not in (None, AUTO))) if given]
    if unfit:
        raise BadInput(
            f"{' and '.join(unfit)} cannot be used with a folder of photos: their own focus tells the depth.",
            todo="Leave it out.",
        )
    request = _prompted(
        args,
        RefocusRequest(blur=args.blur, f_number=args.f_number, aperture=_shape_name(args), long_side=args.long_side),
    )
    folder = Path(args.photo)
    captured = CapturedStack.open(
        photos_in(folder), long_side=args.long_side, name=folder.resolve().name, max_pixels=settings.max_pixels
    )
    return RefocusPipeline(settings).run_captured(captured, request, args.photo_order, progress)


def _engines(args: argparse.Namespace, settings: Settings) -> None:
    pipeline = RefocusPipeline(settings)
    if args.download is not None:
        pipeline.engine(args.download).download(lambda download: _agree(download, args.yes))
    for engine in pipeline.engines:
        state = engine.readiness()
        ready = f"ready when asked for by name: {state.only_by_name}" if state.only_by_name else "ready"
        sys.stdout.write(f"{engine.spec.name:16} {ready if state.ready else 'not ready: ' + state.why}\n")
        sys.stdout.write(f"{'':16} {engine.spec.summary} {engine.spec.needs}\n")
        if not state.ready:
            sys.stdout.write(f"{'':16} {state.todo}\n")


def _agree(download: Download, agreed: bool) -> None:
    """Say what will be downloaded, under which licence, and ask."""
    sys.stderr.write(f"{download}\n")
    if agreed:
        return
    if not sys.stdin.isatty():
        raise BadInput("Nobody is there to agree to the licence.", todo="Read it, then add --yes.")
    sys.stderr.write("Download it, and keep to its licence? [y/N] ")
    if input().strip().lower() not in {"y", "yes"}:
        raise Cancelled


def _serve(args: argparse.Namespace, settings: Settings) -> None:
    from refocus.ui import serve

    serve(settings)


def _report(result: Refocused, made: str) -> None:
    seconds = f", {result.seconds['total']:.1f} s" if "total" in result.seconds else ""
    lines = [f"{made} ({result.engine}{seconds})", *(f"  {note}" for note in result.notes)]
    sys.stdout.write("\n".join(lines) + "\n")


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """Progress on stderr, from the first stage on; what is refused before that is said in one clean line."""
    with ExitStack() as opened:
        bars: list[tqdm] = []

        def progress(stage: str, fraction: float) -> None:
            if not bars:
                bars.append(opened.enter_context(tqdm(total=1.0, bar_format=_BAR, leave=False, mininterval=0.25)))
            bars[0].set_description_str(stage, refresh=stage != bars[0].desc)
            bars[0].update(fraction - bars[0].n)

        yield progress
