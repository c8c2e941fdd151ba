"""Photo files in folders: which files are photos, and in which order."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from refocus.core import BadInput
from refocus.media.decode import time_taken
from refocus.media.odd_files import is_raw
from refocus.media.stack_files import holds_stack

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".ppm", ".jp2")


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Sort key of file names in natural order: photo2 before photo10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name.lower())
    return [(int(part), "") if part[0] in "0123456789" else (-1, part) for part in parts]


def taken_order(paths: Iterable[Path]) -> tuple[list[Path], bool]:
    """Photos in the order they were taken, by EXIF, and whether that differs from the natural order of their names.

    Counters of cameras start anew after 9999. Where a photo does not say when it was taken, the names decide.
    """
    named = sorted(paths, key=natural_key)
    times = {path: time_taken(path) for path in named}
    if not all(times.values()):
        return named, False
    taken = sorted(named, key=lambda path: times[path] or "")  # stable: equal times keep the order of the names
    return taken, taken != named


def picture_files(folder: Path) -> list[Path]:
    """The files of a folder with a photo's ending, in natural order; hidden files are left out."""
    visible = (path for path in folder.iterdir() if not path.name.startswith(".") and not path.is_dir())
    return sorted((path for path in visible if path.suffix.lower() in PHOTO_ENDINGS), key=natural_key)


def photos_in(folder: str | Path) -> list[Path]:
    """The photos of a folder, as `picture_files`.

    Raises:
        BadInput: when the folder holds no photo, or a focal stack written by this program.
    """
    folder = Path(folder)
    if holds_stack(folder):
        raise BadInput(
            f"{folder} holds a focal stack that was made before, not photos.",
            todo="Focus it with `refocus bokeh`, or give a folder of photos.",
        )
    photos = picture_files(folder)
    if not photos:
        raise no_photos(folder)
    return photos


def no_photos(folder: Path) -> BadInput:
    """The error for a folder without photos; it says when there are raw files."""
    for path in sorted(folder.iterdir()):
        with suppress(OSError):
            if path.is_file() and _is_raw(path):
                return BadInput(
                    f"{folder} holds raw files of a camera, such as {path.name}, but no photos.",
                    todo="Develop them first, in the camera or with a raw converter, and give the JPEGs or TIFFs.",
                )
    return BadInput(f"{folder} holds no photos.", todo="Give a folder of JPEG, PNG, HEIC or other photos.")


def _is_raw(path: Path) -> bool:
    with path.open("rb") as file:
        return is_raw(file)
