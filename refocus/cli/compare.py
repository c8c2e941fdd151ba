"""`compare`: photos through several engines, settings or depth sources, and results imported from elsewhere."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self

from refocus.cli.arguments import inputs_of
from refocus.cli.command_parser import add_request_options, file_name, file_path, new_command
from refocus.cli.compare_variants import VariantArguments, named_after, paths_in_variants, read_variants
from refocus.cli.output import progress_bar
from refocus.compare import draw_comparison, names_note, sized_for_drawing, write_comparison
from refocus.compare.imported import load_imported
from refocus.compare.run import PhotoRow, compare_rows
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, EngineNotReady, Problems, portion
from refocus.core.settings import Settings
from refocus.media import check_output_file
from refocus.media.decode import upright_size
from refocus.media.stills import check_picture_path, save_picture
from refocus.pipeline import RefocusPipeline

_DESCRIPTION = """\
Make the stacks of one or more photos in several ways and draw them side by side, with engine, settings, seed and
seconds under each. Options outside --with count for all. Without --with every engine runs once; one that is not ready
shows why in its place.

  python -m refocus compare cat.jpg --out cat.png
  python -m refocus compare cat.jpg --out cat.png --with blur=0.3 --with blur=0.9,aperture=heart
  python -m refocus compare cat.jpg --out cat.png --video cat.mp4 --with thin-lens --with "thin-lens,depth=own.npy"
  python -m refocus compare cat.jpg --out cat.png --with thin-lens --brought "their paper=theirs.mp4"
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands,
        "compare",
        help="the same photo through several engines or settings, one labelled grid and a video",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "photos", metavar="PHOTO", nargs="+", type=file_name, help="JPEG, PNG, WebP, HEIC, AVIF or TIFF"
    )
    parser.add_argument("--out", metavar="FILE", required=True, type=file_path, help="the grid: .png or .jpg")
    parser.add_argument("--video", metavar="FILE", type=file_path, help="also a side-by-side video: .mp4")
    parser.add_argument(
        "--with",
        dest="variants",
        metavar="SETTINGS",
        action="append",
        default=[],
        help="one way to make it, such as engine=thin-lens,blur=0.8 with the names of the options below; label=TEXT "
        "names it; give it once for each column; for several photos depth=DIR holds a map for each, named as it is",
    )
    parser.add_argument(
        "--brought",
        metavar="[LABEL=]PATH",
        action="append",
        default=[],
        help="a result from elsewhere: a folder of frames (nearest focus first), a video, or a folder `stack` wrote; "
        "for several photos a folder that holds one of these for each, by the photo's name",
    )
    parser.add_argument("--far-first", action="store_true", help="imported frames begin with the farthest focus")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    add_request_options(parser)
    parser.set_defaults(run=run, prompt=None)


@dataclass(frozen=True, slots=True)
class CompareArguments:
    """What to compare, beside the variants.

    Attributes:
        photos: their files.
        out: file for the grid.
        video: file for the video, or None.
        imported: label, perhaps empty, and path of each result from elsewhere.
        far_first: whether imported frames begin with the farthest focus.
        force: whether files that are there are replaced.
        inputs: files and folders that are read, which no output may replace.
    """

    photos: tuple[Path, ...]
    out: Path
    video: Path | None
    imported: tuple[tuple[str, Path], ...]
    far_first: bool
    force: bool
    inputs: tuple[Path, ...]

    @classmethod
    def read(cls, args: argparse.Namespace) -> Self:
        """From the namespace."""
        imported = tuple(map(_label_and_path, args.brought))
        named = (*inputs_of(args), *paths_in_variants(args.variants), *(path for _, path in imported))
        photos = tuple(map(Path, args.photos))
        return cls(photos, args.out, args.video, imported, args.far_first, args.force, named)

    @property
    def outputs(self) -> list[Path]:
        """The files to write."""
        return [self.out] if self.video is None else [self.out, self.video]


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Compare, then write the grid and the video."""
    arguments, pipeline = CompareArguments.read(args), RefocusPipeline(settings)
    rows = _rows(arguments, args, pipeline)
    with progress_bar() as progress:
        compared = compare_rows(
            rows, pipeline.compare, max_pixels=settings.max_pixels, progress=portion(progress, 0, 0.9)
        )
        comparisons = list(map(sized_for_drawing, compared))
        if not any(comparison.completed for comparison in comparisons):
            _raise_reasons(comparisons)
        save_picture(arguments.out, draw_comparison(comparisons))
        if arguments.video is not None:
            args.stopped = f"Stopped; {arguments.out} was written, {arguments.video} was not."
            write_comparison(arguments.video, comparisons, portion(progress, 0.9, 1))
    sys.stdout.write(_report(comparisons, arguments.outputs))


def _rows(arguments: CompareArguments, args: argparse.Namespace, pipeline: RefocusPipeline) -> list[PhotoRow]:
    """Read and check everything before anything is made. Raises BadInput that lists all problems."""
    problems, max_pixels = Problems(), pipeline.settings.max_pixels
    for check in (_check_places, _check_new):
        with problems.noted():
            check(arguments)
    templates: list[VariantArguments] = []
    with problems.noted():
        templates = read_variants(args, [engine.spec.name for engine in pipeline.engines])
    rows = []
    for path in arguments.photos:
        imported: list[Entry] = []
        for label, place in arguments.imported:
            with problems.noted():
                imported.append(_load_imported(label, place, path, arguments, pipeline.settings))
        with problems.noted():
            size = upright_size(path, max_pixels=max_pixels)
            variants: list[Variant] = []
            for template in templates:
                with problems.noted():
                    variants.append(template.of(path.stem, size, max_pixels=max_pixels))
            rows.append(PhotoRow(path, variants, imported))
    problems.raise_any()
    return rows


def _check_places(arguments: CompareArguments) -> None:
    """Check, before anything is read, that no output would replace an input."""
    problems = Problems()
    with problems.noted():
        check_picture_path(arguments.out, arguments.inputs)
    if arguments.video is not None:
        with problems.noted():
            if arguments.video.suffix.lower() != ".mp4":
                raise BadInput(f"{arguments.video} is no name for a video.", todo="End it in .mp4.")
            check_output_file(arguments.video, arguments.inputs)
    problems.raise_any()


def _check_new(arguments: CompareArguments) -> None:
    there = [str(path) for path in arguments.outputs if path.is_file()]
    if there and not arguments.force:
        raise BadInput(
            f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} there already.", todo="Add --force."
        )


def _load_imported(label: str, path: Path, photo: Path, arguments: CompareArguments, settings: Settings) -> Entry:
    """An imported column for one photo."""
    if len(arguments.photos) > 1:
        label = label or path.stem
        path = named_after(photo.stem, path, f"{photo.stem}/ or {photo.stem}.mp4")
    return load_imported(path, label, far_first=arguments.far_first, max_stack_pixels=settings.max_stack_pixels)


def _label_and_path(text: str) -> tuple[str, Path]:
    """Parse "[LABEL=]PATH"; a path may contain "=" too."""
    label, equals, place = text.partition("=")
    return (label, Path(place)) if equals and not Path(text).exists() else ("", Path(text))


def _raise_reasons(comparisons: Sequence[Comparison]) -> NoReturn:
    """Raise the reasons why no stack was made: EngineNotReady when no engine was ready, else BadInput."""
    entries = [entry for comparison in comparisons for entry in comparison.entries]
    error = EngineNotReady if all(entry.not_ready for entry in entries) else BadInput
    raise error(f"Nothing could be made: {' '.join(dict.fromkeys(entry.why for entry in entries))}")


def _report(comparisons: Sequence[Comparison], written: Sequence[Path]) -> str:
    lines = [" and ".join(map(str, written))]
    for comparison in comparisons:
        for entry in comparison.entries:
            text = entry.why if entry.stack is None else "; ".join(entry.caption)
            lines.append(f"  {comparison.name}, {entry.label}: {text}")
    note = names_note(comparisons)
    return "\n".join([*lines, *([f"  {note}"] if note else [])]) + "\n"
