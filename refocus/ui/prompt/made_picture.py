"""Pictures and focus pulls made from prompts, and how the focus viewer shows them."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BokehSpec, Progress, portion, silent
from refocus.media import convert_to_animation, encode_thumbnail, save_png
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture, look_of
from refocus.results.focus_pull import focus_pull
from refocus.results.full_size import with_photo_detail
from refocus.subjects import Region
from refocus.ui.components.page_component import THUMBNAIL_PX, file_data, write_webp
from refocus.ui.prompt.prompt_box import PromptRequest
from refocus.ui.run.full_size_picture import full_size_picture
from refocus.ui.run.session_result import SessionResult, file_stem
from refocus.ui.shelf.shelf import ShelfItem, ShelfView
from refocus.ui.viewer.focus_viewer import FocusView, Still
from refocus.ui.viewer.preview_look import blur_strength

_MAX_MADE = 12  # the oldest is removed first
_SHOWN_QUALITY = 92
_PULL_RENDER_SHARE = 0.8
_SEPARATOR = " · "  # between the parts of a title, as in `BokehSpec.describe`


@dataclass(frozen=True, slots=True, eq=False)
class PromptResult:
    """One finished picture or focus pull.

    Attributes:
        folder: holds its files, removed with the session.
        path: the PNG, or the MP4 of a focus pull.
        shown: the picture for browsers; of a focus pull, its last frame.
        thumbnail: the same, small.
        request: what it answers.
        title: what was understood.
        notes: what was found and assumed.
        focus_disparity: what is sharp, in the scene's own units; None when everything is.
        region: the subject that was found, in pixels of the picture; None when none was looked for, or of a pull.
    """

    folder: Path
    path: Path
    shown: Path
    thumbnail: Path
    request: BokehRequest
    title: str
    notes: tuple[str, ...]
    focus_disparity: float | None
    region: Region | None

    @property
    def spec(self) -> BokehSpec:
        """What was understood."""
        return self.request.spec or BokehSpec()

    @property
    def is_video(self) -> bool:
        """Whether it is a focus pull."""
        return self.path.suffix == ".mp4"

    def write_video(self, path: Path, progress: Progress) -> None:
        """Write a focus pull as MP4 or animated WebP, by the path's ending."""
        if path.suffix == self.path.suffix:
            shutil.copyfile(self.path, path)
        else:
            convert_to_animation(self.path, path, progress=progress)


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """One picture of the session: what was made, what the prompt box asked for, and the stack it was made from."""

    picture: PromptResult
    asked: PromptRequest
    result: SessionResult

    @property
    def name(self) -> str:
        """Names it among those of the session."""
        return self.picture.folder.name


MadePictures = tuple[MadePicture, ...]
"""All pictures of a session, latest first."""


def render_prompt(
    result: Refocused,
    request: BokehRequest,
    folder: Path,
    *,
    rendered: NDArray[np.uint8] | None = None,
    progress: Progress = silent,
) -> PromptResult:
    """Render what a prompt asks for at full quality, and write the files.

    Args:
        result: the photo with its stack.
        request: its prompt may ask for a picture or for a focus pull.
        folder: an empty folder for the files.
        rendered: as in `bokeh_picture`.
        progress: told how far a focus pull is; may raise Cancelled.

    Raises:
        BadInput: on a point outside the picture.
    """
    stem = file_stem(result.photo.name)
    region: Region | None = None
    focus: float | None
    if request.pulls_focus:
        pull = focus_pull(result, request, progress=portion(progress, 0, _PULL_RENDER_SHARE))
        path = folder / f"{stem}_focus_pull.mp4"
        pull.write(path, progress=portion(progress, _PULL_RENDER_SHARE, 1))
        picture, notes, focus = pull.last(), pull.notes, pull.end.disparity
    else:
        progress("Rendering the picture", 0.0)
        made = bokeh_picture(result, request, rendered=rendered)
        path, region, focus = folder / f"{stem}_bokeh.png", made.region, made.focus_disparity
        picture, notes = made.picture, made.notes
        save_png(path, picture)
    thumbnail = folder / "thumbnail.webp"
    thumbnail.write_bytes(encode_thumbnail(picture, (2 * THUMBNAIL_PX, THUMBNAIL_PX)))
    shown = write_webp(folder / "shown.webp", picture, quality=_SHOWN_QUALITY)
    return PromptResult(folder, path, shown, thumbnail, request, _title(request), notes, focus, region)


def add_made(
    made: MadePictures, latest: MadePicture, stacks: Sequence[SessionResult]
) -> tuple[MadePictures, tuple[Path, ...]]:
    """The pictures of a session with a new one.

    Args:
        made: those before.
        latest: the new one.
        stacks: on the session's shelf.

    Returns:
        The new pictures, and the folders that are not needed any more: of dropped ones, and of their stacks.
    """
    kept, dropped = (latest, *made)[:_MAX_MADE], made[_MAX_MADE - 1 :]
    used = {*stacks, *(one.result for one in kept)}
    folders = [one.picture.folder for one in dropped]
    return kept, (*folders, *(one.result.folder for one in dropped if one.result not in used))


def made_named(made: Sequence[MadePicture], name: object) -> MadePicture | None:
    """The picture of that name, or None."""
    return next((one for one in made if one.name == name), None)


def made_view(made: MadePicture) -> FocusView:
    """The view of its stack, with the picture over the frames."""
    picture, refocused = made.picture, made.result.refocused
    look = look_of(refocused, picture.request)
    focus = picture.focus_disparity
    still = Still(
        picture=file_data(picture.shown),
        position=None if focus is None else float(refocused.stack.position_of(focus)),
        blur=blur_strength(refocused.scene.disparity, look.coc_px_per_disparity),
        aperture=look.aperture.name,
        made=made.name,
        title=picture.title,
        video=file_data(picture.path) if picture.is_video else None,
        number=secrets.token_hex(4),
    )
    return made.result.view.model_copy(update={"still": still})


def full_size_made(made: MadePicture, progress: Progress) -> NDArray[np.uint8]:
    """The picture at the photo's full size, (height, width, 3) uint8; of a focus pull, its last frame.

    Raises as `full_size_picture`.
    """
    refocused = made.result.refocused
    is_small = refocused.scene.all_in_focus.shape != refocused.photo.rgb.shape
    if made.picture.is_video or (is_small and refocused.renderer is None):
        return full_size_picture(made.result, made.picture.request, progress)
    with Image.open(made.picture.path) as picture:  # the engine's own, of which optics would make another, or full size
        return with_photo_detail(np.asarray(picture), refocused.photo.rgb)


def made_shelf(made: Sequence[MadePicture]) -> ShelfView:
    """The thumbnails of the session's pictures."""
    items = [
        ShelfItem(
            thumbnail=FileData(path=str(one.picture.thumbnail)),
            name=one.picture.title,
            video=one.picture.is_video,
            key=one.name,
            notes=list(one.picture.notes),
        )
        for one in made
    ]
    return ShelfView(items=items)


def _title(request: BokehRequest) -> str:
    """What was asked for, in a line; a point that was tapped or a region replaces the place in words."""
    spec = request.spec or BokehSpec()
    place = "where you tapped" if request.mask is None else "the region you marked"
    if request.at is None and request.mask is None:
        return spec.describe() or "default look"
    if spec.rack is not None:
        look = spec.without("rack").describe()
        return _SEPARATOR.join(filter(None, (f"pull focus: {spec.rack[0]} → {place}", look)))
    for field in ("subject", "side", "focus", "focus_distance_m"):
        spec = spec.without(field)
    return _SEPARATOR.join(filter(None, (f"focus: {place}", spec.describe())))
