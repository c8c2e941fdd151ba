"""From what the user set on the page to files the page shows. No gradio components here, only values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from refocus.core import Progress
from refocus.depth import Meaning
from refocus.engines import Refocused, RefocusRequest
from refocus.engines.captured import CapturedStack
from refocus.media import Photo
from refocus.media.archive import zip_files
from refocus.pipeline import RefocusPipeline, with_depth_file
from refocus.ui.background import Done, Update, in_background
from refocus.ui.viewer import FocusView, viewer_value

_RENDER_SHARE = 0.75


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
    """

    photo_path: str
    engine: str
    request: RefocusRequest
    depth_path: str | None = None
    depth_meaning: Meaning = "disparity"
    stack_paths: tuple[str, ...] = ()

    def same_scene(self, other: "Wish") -> bool:
        """Whether the other wish sees the same scene, so that nothing needs estimating again."""
        return self._scene() == other._scene()

    def _scene(self) -> tuple[object, ...]:
        request = self.request
        return (
            self.photo_path, self.engine, self.depth_path, self.depth_meaning, request.long_side, request.sharp,
            self.stack_paths,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A finished stack with its files.

    Attributes:
        wish: what was asked.
        result: the stack itself.
        view: what the focus viewer shows.
        folder: holds everything, to be removed with the session.
        video, frames_zip, details_json, all_in_focus, disparity: the files in it.
    """

    wish: Wish
    result: Refocused
    view: FocusView
    folder: Path
    video: Path
    frames_zip: Path
    details_json: Path
    all_in_focus: Path
    disparity: Path


def make(
    pipeline: RefocusPipeline, wish: Wish, photo: Photo, folder: Path, previous: Made | None
) -> Iterator[Update | Done[Made]]:
    """Make the stack and its files in the background; yields progress, at last what was made.

    Args:
        pipeline: runs the engines.
        wish: what the page's controls say.
        photo: the opened photo.
        folder: an empty folder for the files.
        previous: what was made before in this session; its disparity is used again when the scene is the same.
    """

    def work(progress: Progress) -> Made:
        heeds_depth = "depth" in pipeline.choose(wish.engine).engine.spec.options
        seen = _with_known_depth(photo, wish, previous) if heeds_depth else photo
        result = pipeline.run(
            seen, wish.request, wish.engine, lambda stage, done: progress(stage, _RENDER_SHARE * done)
        )
        return _write(wish, replace(result, photo=photo), folder, _after_rendering(progress))

    return in_background(work)


def make_captured(pipeline: RefocusPipeline, wish: Wish, folder: Path) -> Iterator[Update | Done[Made]]:
    """As `make`, from the photos of the user's own focal stack."""

    def work(progress: Progress) -> Made:
        progress("Opening the photos", 0.0)
        captured = CapturedStack.open(
            wish.stack_paths, long_side=wish.request.long_side, max_pixels=pipeline.settings.max_pixels
        )
        result = pipeline.run_captured(
            captured, wish.request, progress=lambda stage, done: progress(stage, _RENDER_SHARE * done)
        )
        return _write(wish, result, folder, _after_rendering(progress))

    return in_background(work)


def _after_rendering(progress: Progress) -> Progress:
    return lambda stage, done: progress(stage, _RENDER_SHARE + (1 - _RENDER_SHARE) * done)


def _with_known_depth(photo: Photo, wish: Wish, previous: Made | None) -> Photo:
    if previous is not None and wish.same_scene(previous.wish):
        return photo.with_disparity(previous.result.scene.disparity)
    if wish.depth_path is not None:
        return with_depth_file(photo, wish.depth_path, meaning=wish.depth_meaning, long_side=wish.request.long_side)
    return photo


def _write(wish: Wish, result: Refocused, folder: Path, report: Progress) -> Made:
    report("Preparing the viewer", 0.0)
    photo_srgb = result.photo.resized(max(result.stack.frames.shape[1:3])).rgb
    view = viewer_value(
        result.stack,
        result.scene.disparity,
        folder / "view",
        photo_srgb=photo_srgb,
        description=f"{result.photo.name}, refocused",
    )
    name = _file_name(result.photo.name)
    saved = folder / name
    result.save(saved, progress=lambda stage, done: report(stage, 0.1 + 0.8 * done))
    report("Packing the files", 0.9)
    frames_zip = folder / f"{name}_focal_stack.zip"
    zip_files(frames_zip, sorted(path for path in saved.iterdir() if path.suffix != ".mp4"))
    return Made(
        wish=wish,
        result=result,
        view=view,
        folder=folder,
        video=saved / "stack.mp4",
        frames_zip=frames_zip,
        details_json=saved / "stack.json",
        all_in_focus=saved / "all_in_focus.png",
        disparity=saved / "disparity.png",
    )


def _file_name(photo_name: str) -> str:
    """The photo's name in letters every file system takes."""
    return re.sub(r"[^\w-]+", "_", photo_name)[:60].strip("_") or "photo"
