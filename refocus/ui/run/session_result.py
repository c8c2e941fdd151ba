"""From what the user set on the page to what the page shows. No gradio components here, only values."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, Progress, Scene, stack_focus_disparity
from refocus.depth import Meaning, Stroke
from refocus.depth.file import with_depth_file
from refocus.engines.photo_stack import PhotoStack
from refocus.media import Photo, encode_thumbnail
from refocus.pipeline import RefocusPipeline
from refocus.results import Refocused, RefocusRequest
from refocus.results.rendering import focus_range
from refocus.results.settings_file import StackSettings, settings_of
from refocus.results.touch_up import touched_up_result
from refocus.ui.controls.control_values import Chosen
from refocus.ui.run.background import Done, Glimpse, Stop, Teller, Update, in_background
from refocus.ui.security.shown_text import without_folders
from refocus.ui.viewer import FocusView, photo_value, start_position, viewer_value, with_still

_RENDER_SHARE = 0.9
_THUMBNAIL_PX = 144


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page's controls say.

    Attributes:
        photo_path: the photo's file.
        engine: name of the engine, or "auto".
        request: strength, frames and the rest.
        depth_path: a depth map of the user's own, or None.
        depth_meaning: how to read it.
        stack_paths: photos of a focal stack of the user's own, in place of the one photo; empty for none.
        chosen: all that was chosen, so that the controls can show it again.
    """

    photo_path: str
    engine: str
    request: RefocusRequest
    depth_path: str | None = None
    depth_meaning: Meaning = "disparity"
    stack_paths: tuple[str, ...] = ()
    chosen: Chosen = field(default_factory=Chosen)

    def same_scene(self, other: "Wish") -> bool:
        """Whether the other wish sees the same scene, so that nothing needs estimating again."""
        return self._scene() == other._scene()

    def _scene(self) -> tuple[object, ...]:
        request = self.request
        return (
            self.photo_path, self.engine, self.depth_path, self.depth_meaning, request.long_side, request.sharp,
            request.depth_source, self.stack_paths,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A finished stack.

    Attributes:
        wish: what was asked.
        result: the stack itself.
        view: what the focus viewer shows.
        folder: holds its files, to be removed with the session.
        thumbnail: a small picture of it.
        files: where further files of it go; made when it is missing.
        preview: the photo in a kind every browser shows, when its own is none; else None.
        untouched: its depth before any stroke; None when it was not touched up.
    """

    wish: Wish
    result: Refocused
    view: FocusView
    folder: Path
    thumbnail: Path
    files: Path
    preview: Path | None = None
    untouched: Disparity | None = None

    @property
    def name(self) -> str:
        """The photo's name in letters every file system takes."""
        return re.sub(r"[^\w-]+", "_", self.result.photo.name)[:60].strip("_") or "photo"

    def parts_folder(self) -> Path:
        """A folder for further files of it."""
        self.files.mkdir(parents=True, exist_ok=True)
        return self.files

    def settings(self) -> StackSettings:
        """What the command line needs to make the same stack."""
        depth = None if self.wish.depth_path is None else Path(self.wish.depth_path).name
        return settings_of(self.result, depth_file=depth, depth_is=self.wish.depth_meaning)


def make(
    pipeline: RefocusPipeline,
    wish: Wish,
    photo: Photo,
    folder: Path,
    previous: Made | None,
    stop: Stop | None = None,
) -> Iterator[Update | Glimpse | Done[Made]]:
    """Make the stack in the background; yields progress and glimpses (each a `FocusView`), at last what was made.

    Args:
        pipeline: runs the engines.
        wish: what the page's controls say.
        photo: the opened photo.
        folder: an empty folder for the files.
        previous: what was made before in this session; its disparity is used again when the scene is the same.
        stop: set by the user's wish to stop.
    """

    def work(teller: Teller) -> Made:
        heeds_depth = "depth" in pipeline.choose(wish.engine).engine.spec.options
        known = previous if previous is not None and heeds_depth and wish.same_scene(previous.wish) else None
        strokes = () if known is None else known.result.request.touch_up
        seen = _with_known_depth(photo, wish, known) if heeds_depth else photo
        result = pipeline.run(
            seen,
            replace(wish.request, touch_up=strokes),
            wish.engine,
            lambda stage, done: teller(stage, _RENDER_SHARE * done),
            _Glimpses(photo, wish.request.frames, folder, teller),
        )
        result = replace(result, photo=replace(photo, camera=result.photo.camera))
        made = finish(wish, result, folder, teller)
        return replace(made, untouched=seen.disparity) if strokes else made

    return in_background(work, stop)


def make_captured(
    pipeline: RefocusPipeline, wish: Wish, folder: Path, stop: Stop | None = None
) -> Iterator[Update | Glimpse | Done[Made]]:
    """As `make`, from the photos of the user's own focal stack."""

    def work(teller: Teller) -> Made:
        captured = PhotoStack.open(
            wish.stack_paths,
            long_side=wish.request.long_side,
            max_pixels=pipeline.settings.max_pixels,
            max_stack_pixels=pipeline.settings.max_stack_pixels,
            progress=lambda stage, _: teller(stage, 0.0),
        )
        result = pipeline.run_photo_stack(
            captured, wish.request, progress=lambda stage, done: teller(stage, _RENDER_SHARE * done)
        )
        return finish(wish, result, folder, teller)

    return in_background(work, stop)


def make_touched(
    made: Made, strokes: Sequence[Stroke], folder: Path, stop: Stop | None = None
) -> Iterator[Update | Glimpse | Done[Made]]:
    """As `make`, from a finished stack whose depth is corrected by strokes, in place of earlier ones."""

    def work(teller: Teller) -> Made:
        untouched = made.untouched or made.result.scene.disparity
        result = touched_up_result(
            made.result, strokes, lambda stage, done: teller(stage, _RENDER_SHARE * done), untouched=untouched
        )
        preview = None if made.preview is None else Path(shutil.copy(made.preview, folder))
        touched = finish(made.wish, result, folder, teller)
        return replace(touched, untouched=untouched if strokes else None, preview=preview)

    return in_background(work, stop)


class _Glimpses:
    """Shows the depth as soon as it is known, then the frame at which the viewer will start."""

    def __init__(self, photo: Photo, frames: int, folder: Path, teller: Teller) -> None:
        self._photo = photo
        self._frames = frames
        self._folder = folder
        self._teller = teller
        self._view: FocusView | None = None
        self._wanted = 0

    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        height, width = scene.all_in_focus.shape[:2]
        focus = stack_focus_disparity(*focus_range(scene.disparity), self._frames)
        start = scene.disparity.values if photo_focus is None else np.full((4, 4), photo_focus)
        self._wanted = round(start_position(np.interp(start, focus[::-1], np.arange(self._frames)[::-1])))
        self._view = photo_value(
            self._photo.resized(max(width, height)).rgb,
            self._folder / "glimpse",
            scene.disparity,
            description=self._photo.name,
        )
        self._teller.show(self._view)

    def frame_finished(self, index: int, focus_disparity: float, frame_srgb: NDArray[np.uint8]) -> None:
        if index == self._wanted and self._view is not None:
            self._teller.show(with_still(self._view, frame_srgb, 0.0, self._folder / "glimpse"))


def _with_known_depth(photo: Photo, wish: Wish, known: Made | None) -> Photo:
    """The photo with the depth it had before, without strokes, or with that of the user's file."""
    if known is not None:
        return photo.with_disparity(known.untouched or known.result.scene.disparity)
    if wish.depth_path is not None:
        return with_depth_file(photo, wish.depth_path, meaning=wish.depth_meaning, long_side=wish.request.long_side)
    return photo


def finish(wish: Wish, result: Refocused, folder: Path, progress: Progress) -> Made:
    """Write what the page shows of a result at once; all else is written when it is asked for."""
    progress("Preparing the viewer", _RENDER_SHARE)
    result = _without_folders(result)
    photo_srgb = result.photo.resized(max(result.stack.frames.shape[1:3])).rgb
    view = viewer_value(
        result.stack,
        result.scene.disparity,
        folder / "view",
        result.photo_position,
        photo_srgb=photo_srgb,
        description=f"{result.photo.name}, refocused",
    )
    thumbnail = folder / "thumbnail.webp"
    thumbnail.write_bytes(encode_thumbnail(result.at(view.position), (2 * _THUMBNAIL_PX, _THUMBNAIL_PX)))
    return Made(wish, result, view, folder, thumbnail, folder / "files")


def _without_folders(result: Refocused) -> Refocused:
    """The result with what its notes are made of cleared of folder names: they are shown to visitors."""
    disparity, source = result.scene.disparity, without_folders(result.scene.disparity.source)
    if source != disparity.source:
        result = replace(result, scene=replace(result.scene, disparity=replace(disparity, source=source)))
    return replace(result, engine_notes=tuple(map(without_folders, result.engine_notes)))
