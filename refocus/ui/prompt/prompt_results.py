"""Finished pictures of a session, as files. No gradio components here, only values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData
from numpy.typing import NDArray

from refocus.core import BokehSpec, Progress, silent
from refocus.media import encode_thumbnail, encode_webp, save_png
from refocus.results import Refocused
from refocus.results.bokeh import BokehRequest, bokeh_picture
from refocus.results.focus_pull import focus_pull
from refocus.subjects import Region
from refocus.ui.prompt.before_after_view import CompareView, MadeItem

_SHOWN_QUALITY = 92
_THUMBNAIL_PX = 320
_PULL_RENDER_SHARE = 0.8
_BETWEEN = " · "  # the parts of a title, as in `BokehSpec.describe`


@dataclass(frozen=True, slots=True, eq=False)
class Render:
    """One finished picture or focus pull.

    Attributes:
        folder: holds its files, to be removed with the session.
        result: the PNG, or the MP4 of a pull.
        view: what the page shows of it alone.
        item: what it is in the history.
        spec: what was understood.
        region: the subject that was found, in pixels of the picture; None when none was looked for, or of a pull.
    """

    folder: Path
    result: Path
    view: CompareView
    item: MadeItem
    spec: BokehSpec
    region: Region | None


def render(result: Refocused, wish: BokehRequest, folder: Path, *, progress: Progress = silent) -> Render:
    """Do what a wish says at full quality, and write the files.

    Args:
        result: the photo with its stack.
        wish: its prompt may ask for a picture or for a focus pull.
        folder: an empty folder for the files.
        progress: told how far a pull is; may raise Cancelled.

    Raises:
        BadInput: on a point outside the picture.
    """
    name = re.sub(r"[^\w-]+", "_", result.photo.name)[:60].strip("_") or "photo"
    spec = wish.spec or BokehSpec()
    video, region = None, None
    if wish.pulls_focus:
        pull = focus_pull(result, wish, progress=lambda stage, done: progress(stage, _PULL_RENDER_SHARE * done))
        path = video = folder / f"{name}_focus_pull.mp4"
        pull.write(path, progress=lambda stage, done: progress(stage, _PULL_RENDER_SHARE + 0.2 * done))
        picture, notes = pull.last(), pull.notes
    else:
        made = bokeh_picture(result, wish)
        path, picture, notes, region = folder / f"{name}_bokeh.png", made.picture, made.notes, made.region
        save_png(path, picture)
    height, width = picture.shape[:2]
    view = CompareView(
        width=width,
        height=height,
        before=_file(_webp(folder / "before.webp", result.photo.resized(max(width, height)).rgb)),
        after=_file(_webp(folder / "after.webp", picture)),
        video=None if video is None else _file(video),
        download=_file(path),
        title=_title(wish),
        notes=list(notes),
        description=f"{result.photo.name}: {_title(wish)}",
    )
    thumbnail_path = folder / "thumbnail.webp"
    thumbnail_path.write_bytes(encode_thumbnail(picture, (_THUMBNAIL_PX, _THUMBNAIL_PX), quality=_SHOWN_QUALITY))
    thumbnail = _file(thumbnail_path)
    item = MadeItem(thumbnail=thumbnail, title=view.title, moving=video is not None)
    return Render(folder, path, view, item, spec, region)


def shown_among(renders: Sequence[Render], index: int) -> CompareView:
    """One of the session's pictures, with all of them below it."""
    return renders[index].view.model_copy(update={"made": [render.item for render in renders], "shown": index})


def _title(wish: BokehRequest) -> str:
    """What was asked, in a line: a place pointed at stands in for the one in words."""
    spec = wish.spec or BokehSpec()
    if not wish.points:
        return spec.describe() or "default look, focus on what stands out"
    if spec.rack is not None:
        look = spec.without("rack").describe()
        return _BETWEEN.join(filter(None, (f"pull focus: {spec.rack[0]} → where you tapped", look)))
    for field in ("subject", "side", "focus", "focus_distance_m"):
        spec = spec.without(field)
    return _BETWEEN.join(filter(None, ("focus: where you tapped", spec.describe())))


def _webp(path: Path, picture: NDArray[np.uint8]) -> Path:
    path.write_bytes(encode_webp(picture, quality=_SHOWN_QUALITY))
    return path


def _file(path: Path) -> FileData:
    return FileData(path=str(path), orig_name=path.name, size=path.stat().st_size)
