"""Folders of photos: one focal stack, or unrelated photos, of each of which a stack is made unless it exists."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from refocus.batch import Outcome, Processes, run_items
from refocus.core import BadInput, Progress, silent
from refocus.core.focal_stack import MIN_FRAMES
from refocus.core.sizes import DEFAULT_MAX_PIXELS
from refocus.media import Photo
from refocus.media.output_paths import STACK_JSON, check_output_folder, is_stack_folder
from refocus.media.photo_files import PHOTO_ENDINGS, natural_key, no_photos, taken_order
from refocus.media.stack_files import check_stack_folder
from refocus.optics.stacks.focus_change import CHANGES, focus_change
from refocus.optics.stacks.registration import align_neighbours, register

MADE_FROM = "made_from"
_MAX_LISTED = 10

Make = Callable[[Path, Path, Mapping[str, Any], Progress], None]
"""Called as make(photo, folder, made_from, progress): make a stack and write it, with `made_from` in its stack.json."""


def find_photos(folder: Path, *, out: Path | None = None) -> dict[str, Path]:
    """The photo files of a folder and its subfolders, by the name of their results: `trip/cat` for trip/cat.jpg.

    Args:
        folder: of photos; hidden files and folders and saved stacks are skipped.
        out: folder for the results; if it is inside `folder`, its files are skipped.

    Raises:
        BadInput: when there is no photo, or a stack in `out` would be written into a folder of photos.
    """
    if out is not None:
        check_output_folder(out, [folder])
    skipped = out if out is not None and folder.resolve() in out.resolve().parents else None
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PHOTO_ENDINGS and path.is_file() and _is_photo_place(path, folder, skipped)
    ]
    if not found:
        raise no_photos(folder)
    found.sort(key=lambda path: [natural_key(Path(part)) for part in path.relative_to(folder).parts])
    names = [path.relative_to(folder).with_suffix("") for path in found]
    counts = Counter(str(name).lower() for name in names)
    named = {
        (name if counts[str(name).lower()] == 1 else name.with_name(f"{name.name}-{path.suffix[1:]}")).as_posix(): path
        for name, path in zip(names, found, strict=True)
    }
    if out is not None:
        folders = {path.parent for path in found}
        for name in named:
            check_output_folder(out / name, folders)
    return named


def stack_photos(
    photos: Mapping[str, Path],
    make: Make,
    out: Path,
    *,
    settings: Mapping[str, Any],
    force: bool = False,
    processes: Processes | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Make a stack of each photo in `out`, in a folder of its name.

    A photo is done when its stack.json, which is written last, records this photo and these settings. `run_items`
    shares the photos between processes.

    Args:
        photos: by the names of their results.
        make: makes and writes the stack of one photo.
        out: folder for the stacks.
        settings: plain JSON values that tell stacks of the same photo apart.
        force: replace stacks of other photos or settings. Files that are not part of a stack, or were changed since,
            are never replaced: such a photo fails before its stack is made.
        processes: this process and those that share the photos.
        progress: called with photo and stage, and the fraction; may raise `Cancelled`.

    Raises:
        BadInput: when there are stacks of other photos or settings and `force` is not given.
    """
    folders = {path.parent for path in photos.values()}
    made_from = cache(lambda name: _made_from(photos[name], settings))  # reads the whole file
    saved = {name: _saved_made_from(out / name) for name in photos}
    others = [name for name, origin in saved.items() if origin is not None and origin != made_from(name)]
    if others and not force:
        named = ", ".join(others[:_MAX_LISTED]) + (", ..." if len(others) > _MAX_LISTED else "")
        raise BadInput(
            f"{out} holds stacks of other photos or settings: {named}.",
            todo="Choose another folder, or add --force to replace them.",
        )

    def work(name: str, report: Progress) -> None:
        check_stack_folder(out / name, folders)
        make(photos[name], out / name, made_from(name), report)

    return run_items(
        list(photos),
        work,
        done=lambda name: _saved_made_from(out / name) == made_from(name),
        folder=out,
        processes=processes,
        progress=progress,
    )


def _is_photo_place(path: Path, folder: Path, out: Path | None) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    apart = out is not None and out.resolve() in path.resolve().parents
    return not hidden and not apart and not is_stack_folder(path.parent)


def _made_from(path: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError:
        content = b""  # opening the photo will raise the error
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return {"sha256": hashlib.sha256(content).hexdigest(), "asked": plain}


def _saved_made_from(folder: Path) -> dict[str, Any] | None:
    """The origin recorded in the stack.json of a folder; None without the file, empty when it records none."""
    try:
        described = json.loads((folder / STACK_JSON).read_text(encoding="utf-8"))
        return dict(described.get(MADE_FROM) or {})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError):
        return {}


_LONG_SIDE_PX = 512
_MAX_PAIRS = 8  # evenly spaced
_MAX_SIMILAR_SHARE = 1 / 3  # of neighbours among unrelated photos, where some were taken twice


@dataclass(frozen=True, slots=True)
class PhotoRelation:
    """How the photos of a folder are related, and the reason for that decision."""

    kind: Literal["one scene", "many photos", "unclear"]
    reason: str


def classify_photos(paths: Sequence[Path], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> PhotoRelation:
    """Decide how photos are related: neighbours in a focal stack can be aligned, unrelated photos cannot.

    Args:
        paths: photo files of one folder.
        max_pixels: larger photos count as unrelated.
    """
    if len(paths) < MIN_FRAMES:
        return PhotoRelation("many photos", f"{len(paths)} photos are too few for one focal stack")
    neighbours = list(pairwise(taken_order(paths)[0]))
    chosen = [neighbours[index] for index in _evenly(len(neighbours))]
    similar = sum(_show_one_scene(pair, max_pixels) for pair in chosen)
    if similar == len(chosen):
        if _has_one_focus(taken_order(paths)[0], max_pixels):
            reason = "their focus does not change, as in a burst or a bracket of exposures"
            return PhotoRelation("many photos", reason)
        return PhotoRelation("one scene", "neighbouring photos show one scene")
    if similar <= _MAX_SIMILAR_SHARE * len(chosen):
        return PhotoRelation("many photos", "neighbouring photos show different scenes")
    return PhotoRelation("unclear", f"{similar} of {len(chosen)} neighbouring photos show one scene, the others do not")


def _show_one_scene(pair: tuple[Path, Path], max_pixels: int) -> bool:
    try:
        photos = [Photo.open(path, max_pixels=max_pixels).resized(_LONG_SIDE_PX).rgb for path in pair]
        if photos[0].shape != photos[1].shape:
            return False
        align_neighbours(np.stack(photos))
    except BadInput:
        return False
    return True


def _has_one_focus(ordered: Sequence[Path], max_pixels: int) -> bool:
    """Whether photos that show one scene are all focused at one distance."""
    chosen = [ordered[index] for index in _evenly(len(ordered))]
    try:
        frames = [Photo.open(path, max_pixels=max_pixels).resized(_LONG_SIDE_PX).rgb for path in chosen]
        change = focus_change(register(np.stack(frames)).frames)
    except (BadInput, ValueError):  # far and near focus are hard to align
        return False
    return change is not None and change < CHANGES


def _evenly(count: int) -> list[int]:
    return sorted({int(index) for index in np.linspace(0, count - 1, min(count, _MAX_PAIRS)).round()})
