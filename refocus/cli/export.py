"""`export`: a stack as one file for other programs."""

import argparse
from dataclasses import dataclass, fields, replace
from pathlib import Path

from refocus.cli.arguments import RequestArguments, inputs_of
from refocus.cli.command_parser import add_request_options, add_source, file_path, new_command
from refocus.cli.make_stack import load_or_make
from refocus.cli.output import progress_bar, report
from refocus.core import BadInput, Progress, portion
from refocus.core.settings import Settings
from refocus.media import MOTIONS, Motion, Photo, check_output_file
from refocus.results import Refocused
from refocus.results.media_export import write_motion, write_still
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
    parser.add_argument(
        "--photo", metavar="FILE", type=file_path, help="picture from a folder: the photo it was made from"
    )
    parser.add_argument("--keep-location", action="store_true", help="picture: keep the place it was taken at (GPS)")
    add_request_options(parser)
    parser.set_defaults(run=run, prompt=None)


@dataclass(frozen=True, slots=True)
class ExportArguments:
    """What to write of a stack; see the command's options."""

    source: Path
    out: Path
    motion: Motion
    start: float | None
    end: float | None
    position: float
    photo: Path | None
    keep_location: bool


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Write the file."""
    arguments = ExportArguments(**{field.name: getattr(args, field.name) for field in fields(ExportArguments)})
    if arguments.out.suffix.lower() not in (*_MOVING, *_STILL, *_PAGE):
        raise BadInput(
            f"{arguments.out} has no file ending that says what to write.",
            todo="End it in .mp4, .webp, .png, .jpg or .html.",
        )
    check_output_file(arguments.out, inputs_of(args))
    request_args = RequestArguments.read(args)
    with progress_bar() as progress:
        result = load_or_make(arguments.source, request_args, settings, portion(progress, 0, 0.6))
        if arguments.photo is not None and is_saved(arguments.source):
            result = _with_photo(result, arguments.photo, settings)
        _write(arguments, result, portion(progress, 0.6, 1))
    report(result, str(arguments.out))


def _with_photo(result: Refocused, path: Path, settings: Settings) -> Refocused:
    photo = Photo.open(path, max_pixels=settings.max_pixels)
    if abs(photo.width * result.photo.height / (photo.height * result.photo.width) - 1) > 0.02:
        raise BadInput(f"{path} has other proportions than the stack.", todo="Give the photo it was made from.")
    return replace(result, photo=photo)


def _write(arguments: ExportArguments, result: Refocused, progress: Progress) -> None:
    out, ending = arguments.out, arguments.out.suffix.lower()
    if ending in _MOVING:
        write_motion(result, out, arguments.motion, start=arguments.start, end=arguments.end, progress=progress)
    elif ending in _STILL:
        write_still(result, out, arguments.position, keep_location=arguments.keep_location, progress=progress)
    else:
        from refocus.ui.viewer.html_export import save_html

        save_html(result, out)
