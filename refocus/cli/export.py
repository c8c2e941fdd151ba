"""`export`: a stack as something to take away."""

import argparse
from dataclasses import replace

from refocus.cli.inputs import inputs_of
from refocus.cli.making import load_or_make
from refocus.cli.options import add_request_options, add_source, new_command
from refocus.cli.output import progress_bar, report
from refocus.core import BadInput, Progress
from refocus.core.settings import Settings
from refocus.media import MOTIONS, Photo, check_output_file
from refocus.results import Refocused
from refocus.results.export import write_motion, write_still
from refocus.results.saved import is_saved

_MOVING, _STILL, _PAGE = (".mp4", ".webp"), (".png", ".jpg", ".jpeg"), (".html",)


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands,
        "export",
        help="a stack as video, animation, one full-size picture, or a page that refocuses offline",
        description="The ending of --out tells the kind: .mp4 or .webp moves the focus, .png or .jpg is one picture at "
        "the photo's own size with its colour profile and EXIF (without the place it was taken at), .html is the "
        "focus viewer with the stack in it: works offline and can be mailed.",
    )
    add_source(parser, "file to write")
    parser.add_argument(
        "--motion",
        choices=MOTIONS,
        default=MOTIONS[0],
        help="near to far and back for ever, near to far once, or a pull between two positions; default %(default)s",
    )
    parser.add_argument("--from", dest="start", metavar="P", type=float, help="where a pull starts; by default nearest")
    parser.add_argument("--to", dest="end", metavar="P", type=float, help="where a pull ends; by default farthest")
    parser.add_argument("--position", metavar="P", type=float, default=0.0, help="picture: stack position, 0 nearest")
    parser.add_argument("--photo", metavar="FILE", help="picture from a folder: the photo it was made from")
    parser.add_argument("--keep-location", action="store_true", help="picture: keep the place it was taken at (GPS)")
    add_request_options(parser)
    parser.set_defaults(run=run, prompt=None)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Write the file."""
    if args.out.suffix.lower() not in (*_MOVING, *_STILL, *_PAGE):
        raise BadInput(
            f"{args.out} has no ending that tells what to write.", todo="End it in .mp4, .webp, .png, .jpg or .html."
        )
    check_output_file(args.out, inputs_of(args))
    with progress_bar() as progress:
        result = _result(args, settings, lambda stage, done: progress(stage, 0.6 * done))
        _write(args, result, lambda stage, done: progress(stage, 0.6 + 0.4 * done))
    report(result, str(args.out))


def _result(args: argparse.Namespace, settings: Settings, progress: Progress) -> Refocused:
    result = load_or_make(args, settings, progress)
    if args.photo is None or not is_saved(args.source):
        return result
    photo = Photo.open(args.photo, max_pixels=settings.max_pixels)
    if abs(photo.width * result.photo.height / (photo.height * result.photo.width) - 1) > 0.02:
        raise BadInput(f"{args.photo} has other proportions than the stack.", todo="Give the photo it was made from.")
    return replace(result, photo=photo)


def _write(args: argparse.Namespace, result: Refocused, progress: Progress) -> None:
    ending = args.out.suffix.lower()
    if ending in _MOVING:
        write_motion(result, args.out, args.motion, start=args.start, end=args.end, progress=progress)
    elif ending in _STILL:
        write_still(result, args.out, args.position, keep_location=args.keep_location, progress=progress)
    else:
        from refocus.ui.viewer import save_html

        save_html(result, args.out)
