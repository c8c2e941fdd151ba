"""Results from elsewhere, uploaded to be compared with our own."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from refocus.compare.imported import load_imported
from refocus.compare.variants import Entry
from refocus.core import BadInput, Problems, Progress, silent
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS
from refocus.media.archive import unzip_files
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.media.read_video import VIDEO_ENDINGS

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
