"""`stack`: a focal stack of a photo."""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from refocus.cli.making import make, make_captured, wish_of
from refocus.cli.options import STATUS, add_making, add_prompt, rate
from refocus.cli.output import progress_bar, report
from refocus.core import BadInput, Progress
from refocus.core.settings import Settings
from refocus.engines import Refocused
from refocus.engines.bokeh import BokehWish, where_it_is
from refocus.engines.captured import PHOTO_ORDERS
from refocus.engines.focus_pull import focus_pull


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "stack",
        help="a focal stack of a photo: frames, video, disparity",
        description="Make a focal stack of a photo: frame_00.png (nearest) and on, all_in_focus.png, disparity.npy, "
        "disparity.png (16 bit), stack.mp4 and stack.json. A folder of 3 or more photos of one still scene, focused "
        "step by step, is aligned and becomes the stack itself; then only the size and the bokeh's options count.",
        epilog=STATUS,
    )
    parser.add_argument(
        "photo", metavar="PHOTO_OR_DIR", help="JPEG, PNG, WebP, HEIC, AVIF or TIFF, or a folder of them"
    )
    parser.add_argument("--out", metavar="DIR", required=True, type=Path, help="folder for the results")
    add_prompt(
        parser, "what a photographer would say; gives blur and shape, and “rack focus from A to B” makes stack.mp4"
    )
    add_making(parser, aperture="NAME")
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="make it exactly as before: settings from the app, or the stack.json of a stack, in place of the options",
    )
    parser.add_argument(
        "--photo-order",
        choices=PHOTO_ORDERS,
        default=PHOTO_ORDERS[0],
        help="folder of photos: where the first one is focused; by default the colour of the blur tells",
    )
    parser.add_argument(
        "--fps", type=rate, help="make the video of the bare frames at this rate, instead of a smooth 24 fps sweep"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Make the stack and write its folder."""
    if args.out.exists() and not args.out.is_dir():
        raise BadInput(f"{args.out} is a file, so no folder of that name can be made.", todo="Choose another place.")
    wish = wish_of(args)
    with progress_bar() as progress, tempfile.TemporaryDirectory() as scratch:
        make_it = make_captured if Path(args.photo).is_dir() else make
        result = make_it(args, settings, lambda stage, done: progress(stage, 0.7 * done))
        result, video = _as_prompted(result, wish, args, Path(scratch), progress)
        result.save(args.out, fps=args.fps, video=video, progress=lambda stage, done: progress(stage, 0.8 + 0.2 * done))
    report(result, f"{len(result.stack)} frames and a video in {args.out}")


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
