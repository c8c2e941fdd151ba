"""Pictures at a photo's full size: each is rendered once, whichever of the view, JPEG and PNG needs it first."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import Progress
from refocus.media import atomic_path
from refocus.results.bokeh_picture import BokehRequest, look_of, sharp_disparity
from refocus.results.media_export import still_picture
from refocus.ui.run.session_result import SessionResult

_KEPT = 2  # pictures of a result: on disk, as they are 36 MB at 12 megapixels


def full_size_picture(result: SessionResult, request: BokehRequest, progress: Progress) -> NDArray[np.uint8]:
    """As `still_picture`; the latest pictures of a result are kept in its folder.

    Args:
        result: the finished stack.
        request: what to render.
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: as `still_picture`.
    """
    path = result.extra_folder / f"full_size_{_state(result, request)}.npy"
    if path.is_file():
        path.touch()
        return np.asarray(np.load(path, mmap_mode="r"))
    picture = still_picture(result.refocused, request, progress)
    result.extra_folder.mkdir(parents=True, exist_ok=True)
    for old in _kept(result.extra_folder)[_KEPT - 1 :]:
        old.unlink(missing_ok=True)
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.save(file, picture)
    return picture


def _kept(folder: Path) -> list[Path]:
    """The pictures of a result, latest first."""
    return sorted(folder.glob("full_size_*.npy"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _state(result: SessionResult, request: BokehRequest) -> str:
    """Names what the picture depends on beside the result: what is sharp, and the look of the blur."""
    look = look_of(result.refocused, request)
    focus = sharp_disparity(result.refocused, request)
    facts = (focus, look.coc_px_per_disparity, look.aperture.name, look.highlights)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
