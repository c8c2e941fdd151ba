"""From a request and uploaded results to a finished comparison and its files. No gradio here, only values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from refocus.compare import draw_comparison, names_note, sized_for_drawing, write_comparison
from refocus.compare.imported import load_imported
from refocus.compare.run import PhotoRow, compare_rows
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, Problems, Progress, portion, silent
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS
from refocus.engines import Engine
from refocus.engines.registry import Choice
from refocus.media import save_png
from refocus.media.archive import unzip_files
from refocus.media.decode import upright_size
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.media.read_video import VIDEO_ENDINGS
from refocus.pipeline import RefocusPipeline
from refocus.ui.compare.compare_choices import CompareRequest, files_of, without_photo
from refocus.ui.compare.comparison_viewer import ComparedPhotoView, ComparisonView, compared_photo_view
from refocus.ui.security.shown_text import without_folders, without_folders_in

ZIP = ".zip"
_SAVED_STACK_ENDINGS = (".json", ".npy")  # of the files of a saved stack beside its pictures


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
        max_stack_pixels: limit for all frames of one of them together.
        progress: called while files are read; may raise `Cancelled`.

    Raises:
        BadInput: naming files of other types, and what is wrong with the others.
    """
    zips = [path for path in paths if path.suffix.lower() == ZIP]
    videos = [path for path in paths if path.suffix.lower() in VIDEO_ENDINGS]
    pictures = [path for path in paths if path.suffix.lower() in PHOTO_ENDINGS]
    others = [path.name for path in paths if path not in {*zips, *videos, *pictures}]
    load = partial(load_imported, far_first=far_first, max_stack_pixels=max_stack_pixels, progress=progress)
    problems = Problems()
    entries: list[Entry] = []
    with problems.noted():
        if others:
            raise BadInput(
                f"{', '.join(others)} cannot be compared with.", todo="Add pictures, videos or ZIPs of pictures."
            )
    for path in videos:
        with problems.noted():
            entries.append(load(path))
    for index, path in enumerate(zips):
        with problems.noted():
            # Error messages name the folder, so it has the archive's name.
            place = folder / str(index) / (path.stem.strip(".") or "frames")
            unzip_files(path, place, endings=(*PHOTO_ENDINGS, *_SAVED_STACK_ENDINGS), progress=progress)
            entries.append(load(place, path.stem))
    if pictures:
        with problems.noted():
            entries.append(load(pictures))
    problems.raise_any()
    return entries


_ENGINE_SHARE = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult:
    """A finished comparison; its stacks are kept as files only.

    Attributes:
        folder: holds its files.
        view: for the viewer.
        grid: the labelled picture, a file.
        video: the side-by-side video, a file.
        finished, requested: number of stacks that were made, and of those requested.
        details: engine, settings and notes of each, as plain JSON values.
        note: on labels that could not be drawn; may be empty.
    """

    folder: Path
    view: ComparisonView
    grid: Path
    video: Path
    finished: int
    requested: int
    details: list[dict[str, Any]]
    note: str


def run_comparison(
    pipeline: RefocusPipeline, request: CompareRequest, folder: Path, progress: Progress
) -> ComparisonResult:
    """Make the stacks, the grid and the video.

    Args:
        pipeline: makes the stacks.
        request: what to compare.
        folder: an empty folder for the files.
        progress: called with stage and fraction; may raise `Cancelled`.

    Raises:
        BadInput: listing all that is wrong, or when nothing could be made, with why.
    """
    rows = _rows(pipeline, request, folder, progress)
    views: list[ComparedPhotoView] = []
    comparisons: list[Comparison] = []
    details: list[dict[str, Any]] = []
    max_pixels, report = pipeline.settings.max_pixels, portion(progress, 0, _ENGINE_SHARE)
    for compared in compare_rows(rows, pipeline.compare, max_pixels=max_pixels, progress=report):
        comparison = _without_server_folders(compared)
        views.append(compared_photo_view(comparison, folder / f"photo_{len(views):02d}"))
        details.append({"photo": comparison.name, "columns": [_details(entry) for entry in comparison.entries]})
        comparisons.append(sized_for_drawing(comparison))
    entries = [entry for comparison in comparisons for entry in comparison.entries]
    finished = sum(entry.stack is not None for entry in entries)
    if not finished:
        raise BadInput(f"Nothing could be made: {entries[0].why}" if entries else "There is nothing to compare.")
    stem = f"{comparisons[0].name}_compared" if len(comparisons) == 1 else "compared"
    grid, video = folder / f"{stem}.png", folder / f"{stem}.mp4"
    save_png(grid, draw_comparison(comparisons))
    write_comparison(video, comparisons, portion(progress, _ENGINE_SHARE, 1))
    view, note = ComparisonView(photos=views), names_note(comparisons)
    return ComparisonResult(folder, view, grid, video, finished, len(entries), details, note)


def _without_server_folders(comparison: Comparison) -> Comparison:
    """The comparison with the server's folders cut from all texts that are shown or drawn."""
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


def _details(entry: Entry) -> dict[str, Any]:
    made = None if entry.result is None else without_folders_in(entry.result.metadata())
    return {"label": entry.label, "caption": list(entry.caption), "why": entry.why, "made": made}


def _rows(pipeline: RefocusPipeline, request: CompareRequest, folder: Path, progress: Progress) -> list[PhotoRow]:
    """Check everything before anything is made. Raises BadInput, listing all that is wrong."""
    request.check()
    problems = Problems()
    with problems.noted():
        _check_names(request)
    engines: list[Choice | Engine] = []
    with problems.noted():
        engines = request.choose(pipeline)
    rows = []
    for index, path in enumerate(request.photos):
        progress("Opening the photos", 0.0)
        variants: list[Variant] = []
        imported: list[Entry] = []
        with problems.noted():
            size = upright_size(Path(path), max_pixels=pipeline.settings.max_pixels)
            variants = request.variants(path, size, engines, max_pixels=pipeline.settings.max_pixels)
            _check_sizes(pipeline, size, variants)
        with problems.noted():
            imported = imported_entries(
                files_of(path, request.photos, request.imported),
                folder / f"imported_{index:02d}",
                far_first=request.far_first,
                max_stack_pixels=pipeline.settings.max_stack_pixels,
                progress=progress,
            )
        rows.append(PhotoRow(Path(path), variants, imported))
    problems.raise_any()
    return rows


def _check_sizes(pipeline: RefocusPipeline, photo_size: tuple[int, int], variants: Sequence[Variant]) -> None:
    """Raise StackTooLarge for a stack above the limit; an engine that cannot run says so in its own column."""
    for variant in variants:
        if isinstance(variant.engine, Choice):
            pipeline.check_size(photo_size, variant.request, variant.engine)


def _check_names(request: CompareRequest) -> None:
    """Raise BadInput for files that are not named after one of several photos."""
    unmatched = without_photo(request.photos, [*request.depths, *request.imported])
    if unmatched:
        raise BadInput(
            f"No photo matches the name of {', '.join(unmatched)}.",
            todo="With several photos, name each depth map, video and ZIP after its photo.",
        )
