"""`compare`: photos through several engines, settings or depth sources, and results brought from elsewhere."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refocus.cli.making import request_of
from refocus.cli.options import STATUS, Parser, add_making
from refocus.cli.output import progress_bar
from refocus.core import BadInput, Disparity
from refocus.core.settings import Settings
from refocus.engines.brought import load_brought
from refocus.engines.comparison import Comparison, Entry, Variant
from refocus.engines.request import RefocusRequest
from refocus.evaluate.comparison_sheet import draw_comparison
from refocus.evaluate.comparison_video import write_comparison
from refocus.media import Photo
from refocus.media.picture import check_picture_path, save_picture
from refocus.pipeline import RefocusPipeline, with_depth_file

_DESCRIPTION = """\
Make the stacks of one or more photos in several ways and draw them side by side, with engine, settings, seed and
seconds under each. Options outside --with count for all. Without --with every engine runs once; one that is not ready
shows why in its place.

  python -m refocus compare cat.jpg --out cat.png
  python -m refocus compare cat.jpg --out cat.png --with blur=0.3 --with blur=0.9,aperture=heart
  python -m refocus compare cat.jpg --out cat.png --video cat.mp4 --with thin-lens --with "thin-lens,depth=own.npy"
  python -m refocus compare cat.jpg --out cat.png --with thin-lens --brought "their paper=theirs.mp4"
"""
_SWITCHES = ("sharp", "full-size")


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        help="the same photo through several engines or settings, one labelled grid and a video",
        description=_DESCRIPTION,
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photos", metavar="PHOTO", nargs="+", help="JPEG, PNG, WebP, HEIC, AVIF or TIFF")
    parser.add_argument("--out", metavar="FILE", required=True, type=Path, help="the grid: .png or .jpg")
    parser.add_argument("--video", metavar="FILE", type=Path, help="also a side-by-side video: .mp4")
    parser.add_argument(
        "--with",
        dest="variants",
        metavar="SETTINGS",
        action="append",
        default=[],
        help="one way to make it, such as engine=thin-lens,blur=0.8 with the names of the options below; label=TEXT "
        "names it; give it once for each column",
    )
    parser.add_argument(
        "--brought",
        metavar="[LABEL=]PATH",
        action="append",
        default=[],
        help="a result from elsewhere: a folder of frames (nearest focus first), a video, or a folder `stack` wrote; "
        "for several photos a folder that holds one of these for each, by the photo's name",
    )
    parser.add_argument("--far-first", action="store_true", help="brought frames begin with the farthest focus")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    add_making(parser, aperture="NAME")
    parser.set_defaults(run=run, prompt=None)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Compare, then write the grid and the video."""
    _check_places(args)
    ways = [_options(text, args) for text in args.variants]
    pipeline = RefocusPipeline(settings)
    paths = [Path(photo) for photo in args.photos]
    brought = {path: _brought(args, path, alone=len(paths) == 1) for path in paths}
    comparisons: list[Comparison] = []
    with progress_bar() as progress:
        for index, path in enumerate(paths):

            def report(stage: str, done: float, begun: int = index) -> None:
                progress(stage, 0.9 * (begun + done) / len(paths))

            photo = Photo.open(path, max_pixels=settings.max_pixels)
            variants = [_variant(way, label, photo) for label, way in ways] or _every_engine(pipeline, args, photo)
            comparisons.append(pipeline.compare(photo, variants, brought=brought[path], progress=report))
        if not any(comparison.made for comparison in comparisons):
            raise BadInput(f"Nothing could be made: {comparisons[0].entries[0].why}")
        save_picture(args.out, draw_comparison(comparisons))
        if args.video:
            write_comparison(args.video, comparisons, lambda stage, done: progress(stage, 0.9 + 0.1 * done))
    sys.stdout.write(_report(comparisons, [args.out, *([args.video] if args.video else [])]))


def _check_places(args: argparse.Namespace) -> None:
    check_picture_path(args.out)
    if args.video is not None and args.video.suffix.lower() != ".mp4":
        raise BadInput(f"{args.video} is no name for a video.", todo="End it in .mp4.")
    there = [str(path) for path in (args.out, args.video) if path is not None and path.exists()]
    if there and not args.force:
        raise BadInput(
            f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} there already.", todo="Add --force."
        )


def _options(text: str, args: argparse.Namespace) -> tuple[str, argparse.Namespace]:
    """A label and the options of all with those of one variant in their place."""
    parser = Parser(prog="python -m refocus compare --with", add_help=False)
    add_making(parser, aperture="NAME")
    parser.add_argument("--label", default="")
    words: list[str] = []
    for name, value in _named(text):
        words += [f"--{name.replace('_', '-')}", *([] if value is None else [value])]
    strengths = {"--blur", "--f-number"} & set(words)
    common = {**vars(args), **({"blur": None, "f_number": None} if strengths else {})}
    found = parser.parse_args(words, argparse.Namespace(**common))  # what is in it already is no default
    return found.label, found


def _named(text: str) -> list[tuple[str, str | None]]:
    """Of "thin-lens,blur=0.8,label=A, B": a first bare word is the engine, later ones go on the value before."""
    found: list[tuple[str, str | None]] = []
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.append((name, value))
        elif name in _SWITCHES:
            found.append((name, None))
        elif not found:
            found.append(("engine", name))
        elif found[-1][1] is not None:
            found[-1] = found[-1][0], f"{found[-1][1]},{part}"
        else:
            raise BadInput(f"{part.strip()!r} in --with {text!r} is no setting.", todo="Write it as blur=0.8.")
    return found


def _variant(args: argparse.Namespace, label: str, photo: Photo) -> Variant:
    request = request_of(args)
    return Variant(
        request=request,
        engine=args.engine,
        label=label,
        disparity=_own_depth(args, request, photo),
        model=args.model,
        depth_model=args.depth_model,
    )


def _own_depth(args: argparse.Namespace, request: RefocusRequest, photo: Photo) -> Disparity | None:
    if not args.depth:
        return None
    return with_depth_file(photo, args.depth, meaning=args.depth_is, long_side=request.long_side).disparity


def _brought(args: argparse.Namespace, photo: Path, *, alone: bool) -> list[Entry]:
    """Columns from elsewhere for one photo."""
    found = []
    for text in args.brought:
        label, equals, place = text.partition("=")
        path = Path(place) if equals and not Path(text).exists() else Path(text)
        label = label if equals and path == Path(place) else ""
        if not alone:
            label = label or path.stem
            path = _for_photo(path, photo)
        found.append(load_brought(path, label, far_first=args.far_first))
    return found


def _for_photo(folder: Path, photo: Path) -> Path:
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = next((path for path in inside if path.stem == photo.stem), None)
    if found is None:
        raise BadInput(
            f"{folder} holds nothing for {photo.name}.",
            todo=f"With several photos, give a folder with {photo.stem}/ or {photo.stem}.mp4 in it.",
        )
    return found


def _every_engine(pipeline: RefocusPipeline, args: argparse.Namespace, photo: Photo) -> list[Variant]:
    """The one that is named, or all, but for those that take hours and are not named."""
    if args.engine:
        return [_variant(args, "", photo)]
    names = [engine.spec.name for engine in pipeline.engines]
    ways = [argparse.Namespace(**{**vars(args), "engine": name}) for name in names]
    return [replace(_variant(way, "", photo), even_if_slow=False) for way in ways]


def _report(comparisons: Sequence[Comparison], written: Sequence[Path]) -> str:
    lines = [" and ".join(map(str, written))]
    for comparison in comparisons:
        for entry in comparison.entries:
            said = entry.why if entry.stack is None else "; ".join(entry.caption)
            lines.append(f"  {comparison.photo.name}, {entry.label}: {said}")
    return "\n".join(lines) + "\n"
