"""The value of the focus viewer, as files: the frames, the photo and a map of where each pixel is sharp."""

import io
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData, GradioModel
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from refocus.core import BadInput, Disparity, FocalStack
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.ui.components.picture_files import encode_webp_within, file_data, write_webp

_MAX_FRAME_PX = 1_500_000
_MAP_LONG_SIDE_PX = 512
_STILL_QUALITY = 90
# Nine frames, the photo and the map are under 1 MB together; other numbers of frames in proportion.
_MAX_FRAMES_BYTES = 820_000
_MAX_PHOTO_BYTES = 120_000
_USUAL_FRAMES = 9


class FocusView(GradioModel):
    """A focal stack: one picture, focused from near to far."""

    width: int = Field(description="Width of the frames, px.")
    height: int = Field(description="Height of the frames, px.")
    frames: list[FileData] = Field(
        default_factory=list, description="The focal stack as WebP pictures, focused from near to far."
    )
    photo: FileData | None = Field(default=None, description="The photo the stack was made from, in the same size.")
    sharpest: FileData | None = Field(
        default=None,
        description="Grey PNG of the position at which each pixel is sharp: code / (255 // (frames - 1)).",
    )
    position: float = Field(default=0.0, description="Where to start: 0 (nearest) to frames - 1 (farthest).")
    still: FileData | None = Field(
        default=None, description="One finer picture, focused at `still_position`; shown while the slider is there."
    )
    still_position: float = Field(default=0.0, description="Position the still is focused at.")
    description: str = Field(default="", description="What the picture shows, for screen readers.")


def viewer_value(
    stack: FocalStack,
    disparity: Disparity | None,
    folder: Path,
    position: float | None = None,
    *,
    photo_srgb: NDArray[np.uint8] | None = None,
    description: str = "",
) -> FocusView:
    """Write a focal stack as files for the focus viewer.

    Args:
        stack: 3 to 33 frames, of any size; frames above 1.5 megapixels are shown smaller.
        disparity: of the same picture, in the units of `stack.focus_disparity`; None when it is not known, so that
            taps and depth are off.
        folder: where the files go; made when it is missing. Gradio must be allowed to serve it.
        position: where the slider starts, in [0, frames - 1]; None starts at the nearest large object in the middle
            of the picture, or in the middle of the stack.
        photo_srgb: (height, width, 3) uint8, the photo before refocusing, for "Original".
        description: what the picture shows, for screen readers.

    Raises:
        BadInput: on fewer than 3 or more than 33 frames, a position outside the stack, or a disparity
            map of another shape than the frames.
    """
    _check(stack, disparity, position)
    folder.mkdir(parents=True, exist_ok=True)
    sharpest_position = None if disparity is None else stack.position_of(disparity.values)
    if position is None:
        position = (len(stack) - 1) / 2 if sharpest_position is None else start_position(sharpest_position)
    height, width = stack.frames.shape[1:3]
    size = _fit(width, height, _MAX_FRAME_PX)
    frames_budget = _MAX_FRAMES_BYTES * max(1.0, len(stack) / _USUAL_FRAMES)
    encoded = encode_webp_within([_resized(frame, size) for frame in stack.frames], frames_budget)
    return FocusView(
        width=size[0],
        height=size[1],
        frames=[_write(folder / f"focus_{i:02d}.webp", data) for i, data in enumerate(encoded)],
        photo=None if photo_srgb is None else _write_photo(photo_srgb, size, folder),
        sharpest=None if sharpest_position is None else _write_map(sharpest_position, len(stack) - 1, folder),
        position=position,
        description=description,
    )


def photo_value(
    photo_srgb: NDArray[np.uint8], folder: Path, disparity: Disparity | None = None, *, description: str = ""
) -> FocusView:
    """What the viewer shows while the stack is still being made: the photo, and its depth when known.

    Args:
        photo_srgb: (height, width, 3) uint8.
        folder: where the files go; made when it is missing.
        disparity: of the same picture, when it is known already.
        description: what the picture shows, for screen readers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    height, width = photo_srgb.shape[:2]
    size = _fit(width, height, _MAX_FRAME_PX)
    depth = None
    if disparity is not None:
        span = (disparity.nearest - disparity.farthest) or 1.0
        depth = _write_map((disparity.nearest - disparity.values) / span, 1, folder)
    return FocusView(
        width=size[0],
        height=size[1],
        photo=_write_photo(photo_srgb, size, folder),
        sharpest=depth,
        description=description,
    )


def with_still(view: FocusView, still_srgb: NDArray[np.uint8], position: float, folder: Path) -> FocusView:
    """The same view with a finer picture to show while the slider rests at `position`.

    Args:
        view: as shown now; its frames are not sent or loaded again.
        still_srgb: (height, width, 3) uint8, of any size but the same picture.
        position: where it is focused.
        folder: where the file goes.
    """
    path = folder / f"still_{round(position * 1000):05d}.webp"
    still = file_data(write_webp(path, still_srgb, quality=_STILL_QUALITY))
    return view.model_copy(update={"still": still, "still_position": position})


def _check(stack: FocalStack, disparity: Disparity | None, position: float | None) -> None:
    if not MIN_FRAMES <= len(stack) <= MAX_FRAMES:
        raise BadInput(
            f"The viewer cannot show {len(stack)} frames.", todo=f"Choose {MIN_FRAMES} to {MAX_FRAMES} frames."
        )
    if disparity is not None and disparity.values.shape != stack.frames.shape[1:3]:
        raise BadInput(
            f"The frames are {stack.frames.shape[1:3]} in size but the disparity map is {disparity.values.shape}.",
            todo="Resize the map to the frames.",
        )
    if position is not None:
        stack.disparity_at(position)  # raises when it is outside


def _fit(width: int, height: int, max_px: int) -> tuple[int, int]:
    """Width and height scaled down to at most `max_px` pixels."""
    scale = min(1.0, (max_px / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def start_position(sharpest_position: NDArray[np.floating]) -> float:
    """Where the slider starts: at the nearest large object in the middle of the picture, likely its subject.

    Args:
        sharpest_position: (height, width), the stack position at which each pixel is sharp.
    """
    height, width = sharpest_position.shape
    middle = sharpest_position[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return round(float(np.percentile(middle, 25)), 3)


def _resized(srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = Image.fromarray(srgb)
    return srgb if picture.size == size else np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _write_photo(photo_srgb: NDArray[np.uint8], size: tuple[int, int], folder: Path) -> FileData:
    return _write(folder / "photo.webp", encode_webp_within([_resized(photo_srgb, size)], _MAX_PHOTO_BYTES)[0])


def _write_map(position: NDArray, last: int, folder: Path) -> FileData:
    """Write positions in [0, last] as an 8-bit grey PNG; frames are exact: each has a whole number of codes."""
    codes = np.round(position * (255 // last)).astype(np.uint8)
    grey = Image.fromarray(codes)
    grey.thumbnail((_MAP_LONG_SIDE_PX, _MAP_LONG_SIDE_PX), Image.Resampling.NEAREST)  # averaging would invent planes
    buffer = io.BytesIO()
    grey.save(buffer, "PNG")
    return _write(folder / "sharpest.png", buffer.getvalue())


def _write(path: Path, data: bytes) -> FileData:
    path.write_bytes(data)
    return file_data(path)
