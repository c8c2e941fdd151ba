"""From what the user chose to a finished comparison and its files. No gradio here, only values."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refocus.compare import draw_comparison, sized_for_drawing, write_comparison
from refocus.compare.imported import load_imported
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, EngineNotReady, Problems, Progress, silent
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS
from refocus.media import Photo, save_png
from refocus.media.archive import unzip_files
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.media.read_video import VIDEO_ENDINGS
from refocus.pipeline import RefocusPipeline
from refocus.ui.compare.compare_choices import Wish, files_of, ownerless
from refocus.ui.compare.comparison_view import ComparedPhoto, ComparedViews, compared_photo
from refocus.ui.run.background import Done, Glimpse, Stop, Teller, Update, in_background
from refocus.ui.security.shown_text import without_folders, without_folders_in

ZIP = ".zip"
SAVED_ENDINGS = (".json", ".npy")
"""What a saved stack has beside pictures."""
_RUN_SHARE = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A finished comparison; its stacks are in files alone.

    Attributes:
        folder: where its files are.
        views: for the viewer.
        grid: the labelled picture, a file.
        video: the side-by-side video, a file.
        made, asked: how many stacks could be made, and how many were to be.
        details: what is known of each, as plain JSON values.
    """

    folder: Path
    views: ComparedViews
    grid: Path
    video: Path
    made: int
    asked: int
    details: list[dict[str, Any]]


def make_comparison(
    pipeline: RefocusPipeline, wish: Wish, folder: Path, stop: Stop
) -> Iterator[Update | Glimpse | Done[Compared]]:
    """Run the comparison in a thread; yields how far it is, at last what came out.

    Args:
        pipeline: makes the stacks.
        wish: what to compare.
        folder: an empty folder for the files.
        stop: ends it when set.

    Raises:
        BadInput: listing all that is wrong, or when nothing could be made, with why.
        Cancelled: when `stop` is set.
    """
    return in_background(lambda teller: _compare(pipeline, wish, folder, teller), stop)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """One photo, and what it is compared in."""

    path: str
    variants: tuple[Variant, ...]
    imported: tuple[Entry, ...]


def _compare(pipeline: RefocusPipeline, wish: Wish, folder: Path, teller: Teller) -> Compared:
    rows = _rows(pipeline, wish, folder, teller)
    views: list[ComparedPhoto] = []
    comparisons: list[Comparison] = []
    details: list[dict[str, Any]] = []
    for index, row in enumerate(rows):

        def report(stage: str, done: float, begun: int = index) -> None:
            teller(stage, _RUN_SHARE * (begun + done) / len(rows))

        teller("Opening the photos", _RUN_SHARE * index / len(rows))
        photo = Photo.open(row.path, max_pixels=pipeline.settings.max_pixels)
        comparison = (
            pipeline.compare(photo, row.variants, imported=row.imported, progress=report)
            if row.variants
            else Comparison(photo.name, (photo.width, photo.height), row.imported)
        )
        comparison = _for_visitors(comparison)
        views.append(compared_photo(comparison, folder / f"photo_{index:02d}"))
        details.append({"photo": comparison.name, "columns": [_told(entry) for entry in comparison.entries]})
        comparisons.append(sized_for_drawing(comparison))
    entries = [entry for comparison in comparisons for entry in comparison.entries]
    made = sum(entry.stack is not None for entry in entries)
    if not made:
        raise BadInput(f"Nothing could be made: {entries[0].why}" if entries else "There is nothing to compare.")
    stem = f"{comparisons[0].name}_compared" if len(comparisons) == 1 else "compared"
    grid, video = folder / f"{stem}.png", folder / f"{stem}.mp4"
    save_png(grid, draw_comparison(comparisons))
    write_comparison(video, comparisons, lambda stage, done: teller(stage, _RUN_SHARE + (1 - _RUN_SHARE) * done))
    return Compared(folder, ComparedViews(photos=views), grid, video, made, len(entries), details)


def _for_visitors(comparison: Comparison) -> Comparison:
    """Without the server's folders, in all that is shown and drawn."""
    entries = (
        replace(
            entry,
            label=without_folders(entry.label),
            caption=without_folders_in(entry.caption),
            why=without_folders(entry.why),
        )
        for entry in comparison.entries
    )
    return replace(comparison, entries=tuple(entries))


def _told(entry: Entry) -> dict[str, Any]:
    made = None if entry.result is None else without_folders_in(entry.result.metadata())
    return {"label": entry.label, "caption": list(entry.caption), "why": entry.why, "made": made}


def _rows(pipeline: RefocusPipeline, wish: Wish, folder: Path, progress: Progress) -> list[_Row]:
    """Everything is looked at before anything is made. Raises BadInput, listing all that is wrong."""
    wish.check()
    problems = Problems()
    with problems.noted():
        _check_names(wish)
    rows = []
    for index, path in enumerate(wish.photos):
        progress("Opening the photos", 0.0)
        variants: list[Variant] = []
        imported: list[Entry] = []
        with problems.noted():
            photo = Photo.open(path, max_pixels=pipeline.settings.max_pixels)
            variants = wish.variants(photo, path, pipeline)
            _check_sizes(pipeline, photo, variants)
        with problems.noted():
            place = folder / f"imported_{index:02d}"
            files = files_of(path, wish.photos, wish.imported)
            limit = pipeline.settings.max_stack_pixels
            imported = imported_entries(
                files, place, far_first=wish.far_first, max_stack_pixels=limit, progress=progress
            )
        rows.append(_Row(path, tuple(variants), tuple(imported)))
    problems.raise_any()
    return rows


def _check_sizes(pipeline: RefocusPipeline, photo: Photo, variants: Sequence[Variant]) -> None:
    """Raises StackTooLarge for a stack above the limit; an engine that cannot run says so in its own column."""
    for variant in variants:
        with suppress(EngineNotReady):
            pipeline.check_size(photo, variant.request, variant.engine)


def _check_names(wish: Wish) -> None:
    """Raises BadInput for files of which nobody can tell which photo they belong to."""
    lost = ownerless(wish.photos, [*wish.depths, *wish.imported])
    if lost:
        raise BadInput(
            f"No photo matches the name of {', '.join(lost)}.",
            todo="With several photos, name each depth map, video and ZIP after its photo.",
        )


def imported_entries(
    paths: Sequence[Path],
    folder: Path,
    *,
    far_first: bool,
    max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
    progress: Progress = silent,
) -> list[Entry]:
    """A column for each video and each ZIP of frames, and one for all pictures together.

    Args:
        paths: files as uploaded.
        folder: where ZIPs are unpacked.
        far_first: whether they begin with the farthest focus.
        max_stack_pixels: of all frames of one of them together.
        progress: told while files are read; may raise `Cancelled`.

    Raises:
        BadInput: naming files of no such kind, and what is wrong with the others.
    """
    zips = [path for path in paths if path.suffix.lower() == ZIP]
    videos = [path for path in paths if path.suffix.lower() in VIDEO_ENDINGS]
    pictures = [path for path in paths if path.suffix.lower() in PHOTO_ENDINGS]
    others = [path.name for path in paths if path not in {*zips, *videos, *pictures}]
    problems = Problems()
    entries: list[Entry] = []
    how: dict[str, Any] = {
        "far_first": far_first, "max_stack_pixels": max_stack_pixels, "progress": progress,
    }  # fmt: skip
    with problems.noted():
        if others:
            raise BadInput(
                f"{', '.join(others)} cannot be compared with.", todo="Add pictures, videos or ZIPs of pictures."
            )
    for path in videos:
        with problems.noted():
            entries.append(load_imported(path, **how))
    for index, path in enumerate(zips):
        with problems.noted():
            # What is wrong with it is told by the folder's name, so that is the archive's own.
            place = folder / str(index) / (path.stem.strip(".") or "frames")
            unzip_files(path, place, endings=(*PHOTO_ENDINGS, *SAVED_ENDINGS), progress=progress)
            entries.append(load_imported(place, path.stem, **how))
    if pictures:
        with problems.noted():
            entries.append(load_imported(pictures, **how))
    problems.raise_any()
    return entries
