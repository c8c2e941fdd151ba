"""Exports of a result beside its folder: moving pictures, and one picture at the photo's own size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Progress, Scene, silent
from refocus.depth import fit_disparity
from refocus.media import (
    Motion,
    Photo,
    check_output_file,
    motion_positions,
    save_like_photo,
    sweep_frames,
    write_animation,
    write_video,
)
from refocus.media.stills import check_picture_path
from refocus.media.sweep import SWEEP_FPS, SWEEP_SECONDS
from refocus.results.bokeh_picture import BokehRequest, look_of, sharp_disparity
from refocus.results.full_size import with_photo_detail
from refocus.results.rendering import render_still
from refocus.results.stack_result import StackResult

_ANIMATION_FPS = 12.0
_FULL_SIZE_STAGE = "Rendering at full size"
_SCENE_SHARE = 0.2  # of the time, to bring the scene to full size


def write_motion(
    result: StackResult,
    path: str | Path,
    motion: Motion = "loop",
    *,
    start: float | None = None,
    end: float | None = None,
    seconds: float = SWEEP_SECONDS,
    progress: Progress = silent,
) -> None:
    """Write the stack as a moving picture: MP4 or animated WebP by the path's ending, atomically.

    Args:
        result: its stack is shown.
        path: ends in .mp4 or .webp.
        motion: "loop" near to far and back without a seam, "sweep" near to far, "pull" from `start` to `end`.
        start, end: stack positions of a pull; by default the nearest and the farthest.
        seconds: length.
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: on another ending, positions outside the stack, or a place that cannot be written or is the photo's.
    """
    check_output_file(path, result.inputs)
    ending = Path(path).suffix.lower()
    if ending not in {".mp4", ".webp"}:
        raise BadInput(f"{path} has no file ending of a moving picture.", todo="End it in .mp4 or .webp.")
    fps, write = (SWEEP_FPS, write_video) if ending == ".mp4" else (_ANIMATION_FPS, write_animation)
    positions = motion_positions(motion, len(result.stack), start=start, end=end, fps=fps, seconds=seconds)
    write(path, sweep_frames(result.stack, positions), fps, total=len(positions), progress=progress)


def write_still(
    result: StackResult, path: str | Path, position: float, *, keep_location: bool = False, progress: Progress = silent
) -> None:
    """Write one picture at the photo's own size, in its colour profile and with its EXIF: PNG or JPEG by the ending.

    Args:
        result: made from the photo.
        path: ends in .png or .jpg.
        position: stack position that is sharp; may be fractional.
        keep_location: keep the place the photo was taken at (GPS).
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: on another ending, a position outside the stack, or a place that cannot be written or is the photo's.
    """
    check_picture_path(path, result.inputs)
    picture = still_picture(result, BokehRequest(position=position), progress)
    save_like_photo(path, picture, result.photo, keep_location=keep_location)


def still_picture(result: StackResult, request: BokehRequest, progress: Progress = silent) -> NDArray[np.uint8]:
    """One picture at the photo's own size, rendered by optics: (photo height, photo width, 3) uint8 sRGB.

    Args:
        result: made from the photo.
        request: what to render.
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: as `choose_focus`, before any work.
    """
    progress(_FULL_SIZE_STAGE, 0.0)
    focus = sharp_disparity(result, request)
    full = replace(result, scene=full_size_scene(result))
    progress(_FULL_SIZE_STAGE, _SCENE_SHARE)
    if focus is None:
        return full.scene.all_in_focus
    look = look_of(full, request)
    return render_still(
        full.scene,
        focus,
        look.coc_px_per_disparity,
        look.aperture,
        highlights=look.highlights,
        report=lambda done: progress(_FULL_SIZE_STAGE, _SCENE_SHARE + (1 - _SCENE_SHARE) * done),
    )


def full_size_scene(result: StackResult) -> Scene:
    """The scene at the photo's own size: fine detail comes from the photo, outlines of the disparity stay sharp."""
    photo: Photo = result.photo
    if result.scene.all_in_focus.shape == photo.rgb.shape:
        return result.scene
    all_in_focus = with_photo_detail(result.scene.all_in_focus, photo.rgb)
    return Scene(all_in_focus, fit_disparity(result.scene.disparity, (photo.height, photo.width)))
