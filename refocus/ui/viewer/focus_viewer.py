"""The gradio component of the focus viewer, its value as files, and the outlines it draws."""

from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from gradio.data_classes import FileData, GradioModel
from numpy.typing import NDArray
from pydantic import Field

from refocus.core import Disparity, FocalStack
from refocus.ui.components.page_component import PageComponent, file_data, write_webp
from refocus.ui.viewer.viewer_pictures import ViewerPictures, encode_photo, encode_stack

_STILL_QUALITY = 90


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
    pictures = encode_stack(stack, disparity, position, photo_srgb=photo_srgb)
    return _written(pictures, folder, description)


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
    return _written(encode_photo(photo_srgb, disparity), folder, description)


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


def _written(pictures: ViewerPictures, folder: Path, description: str) -> FocusView:
    """The view of encoded pictures, written into a folder that is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return FocusView(
        width=pictures.width,
        height=pictures.height,
        frames=[_write(folder / f"focus_{i:02d}.webp", data) for i, data in enumerate(pictures.frames)],
        photo=None if pictures.photo is None else _write(folder / "photo.webp", pictures.photo),
        sharpest=None if pictures.sharpest is None else _write(folder / "sharpest.png", pictures.sharpest),
        position=pictures.position,
        description=description,
    )


def _write(path: Path, data: bytes) -> FileData:
    path.write_bytes(data)
    return file_data(path)


_SPAN = 1000
_SMOOTHING_SHARE = 0.006
_SLACK = 1.5
_LEAST_SHARE = 0.0004


class FocusViewer(PageComponent):
    """Shows a focal stack: a slider from near to far, tap to focus, play. All frames are held by the browser.

    Takes a `FocusView` (see `viewer_value`) or None for the empty state.

    Events:
        focus: after a tap, and when the slider rests; never while dragging. Carries `position`, and after a tap also
            `x` and `y` in [0, 1] from the picture's top left (otherwise None).
        mark: a line was drawn around what should be sharp: `points`, [x, y] as above, and the `position` within it.
        still: the user wants one picture at the photo's full size, at `position`. Answer with `with_still`, then set
            the prop `rendered` to a new value, also after a failure.

    Props:
        outline: SVG path data over a square of 1000 units, drawn on the picture (see `outline_path`) until another
            picture or an empty outline is set.
        pull: `{"position": 3.5, "number": 1}` moves the focus there; the number is new each time.
    """

    data_model = FocusView
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"outline": "", "pull": None, "rendered": ""}

    def example_payload(self) -> Any:
        """An example for the API page."""
        return FocusView(width=1024, height=683, position=3.0).model_dump()


def outline_path(mask: NDArray[np.bool_]) -> str:
    """The outline of a region as SVG path data over a square of 1000 units, to be stretched over the picture.

    Args:
        mask: (height, width), True inside.

    Returns:
        One closed polygon for each part, "M.. ..L.. ..Z"; tiny parts are left out. Empty for an empty mask.
    """
    height, width = mask.shape
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(_SMOOTHING_SHARE * max(height, width), 0.5))
    outer, _ = cv2.findContours((soft > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    scale = _SPAN / np.array([width, height])
    pieces = [
        (cv2.approxPolyDP(piece, _SLACK * max(height, width) / _SPAN, True)[:, 0] + 0.5) * scale
        for piece in outer
        if cv2.contourArea(piece) >= _LEAST_SHARE * mask.size
    ]
    return "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in piece) + "Z" for piece in pieces)
