"""Pictures at a photo's full size: each is rendered once, whichever of the view, JPEG and PNG needs it first."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import Progress
from refocus.media import save_png
from refocus.results.bokeh_picture import BokehRequest, look_of, sharp_disparity
from refocus.results.media_export import still_picture
from refocus.ui.run.session_result import SessionResult

_MOST_BYTES = 60_000_000  # of a session: on disk, lossless, about 20 MB at 12 megapixels


def full_size_picture(result: SessionResult, request: BokehRequest, progress: Progress) -> NDArray[np.uint8]:
    """As `still_picture`; kept in the result's folder, until `limit_full_size` removes it.

    Args:
        result: the finished stack.
        request: what to render.
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: as `still_picture`.
    """
    path = result.extra_folder / f"full_size_{_state(result, request)}.png"
    kept = _read(path)
    if kept is not None:
        return kept
    picture = still_picture(result.refocused, request, progress)
    result.extra_folder.mkdir(parents=True, exist_ok=True)
    save_png(path, picture)
    return picture


def kept_full_size(result: SessionResult, request: BokehRequest) -> NDArray[np.uint8] | None:
    """The picture of a request at full size, when `full_size_picture` has made it; else None."""
    if not any(result.extra_folder.glob("full_size_*.png")):
        return None  # where it is sharp need not be found
    return _read(result.extra_folder / f"full_size_{_state(result, request)}.png")


def limit_full_size(results: Iterable[SessionResult]) -> None:
    """Remove the oldest kept pictures of a session's stacks beyond 60 MB; the latest one stays in any case."""
    folders = {result.extra_folder for result in results}
    kept = [(path, path.stat()) for folder in folders for path in folder.glob("full_size_*.png")]
    kept.sort(key=lambda entry: entry[1].st_mtime_ns, reverse=True)
    total = 0
    for index, (path, facts) in enumerate(kept):
        total += facts.st_size
        if index and total > _MOST_BYTES:
            path.unlink(missing_ok=True)


def _read(path: Path) -> NDArray[np.uint8] | None:
    """A kept picture, which is used now; None when there is none."""
    if not path.is_file():
        return None
    path.touch()
    with Image.open(path) as kept:
        return np.asarray(kept)


def _state(result: SessionResult, request: BokehRequest) -> str:
    """Names what the picture depends on beside the result: what is sharp, and the look of the blur."""
    look = look_of(result.refocused, request)
    focus = sharp_disparity(result.refocused, request)
    facts = (focus, look.coc_px_per_disparity, look.aperture.name, look.highlights)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
