"""The gradio component of the focus viewer, its value as files, and the outlines it draws."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from gradio.data_classes import FileData, GradioModel
from numpy.typing import NDArray
from pydantic import Field

from refocus.core import Disparity, FocalStack
from refocus.ui.components.page_component import PageComponent, file_data, write_webp
from refocus.ui.viewer.preview_look import PreviewLook, aperture_shapes
from refocus.ui.viewer.viewer_pictures import (
    ViewerPictures,
    encode_all_in_focus,
    encode_depth,
    encode_photo,
    encode_stack,
)

_STILL_QUALITY = 90
_FILES = {"photo": "photo.webp", "all_in_focus": "all_in_focus.webp", "sharpest": "sharpest.png"}


class Still(GradioModel):
    """One picture over the frames: a finer one, shown while the slider is at its position and the controls ask for its
    look; or what a prompt made, shown until the user moves on."""

    picture: FileData = Field(description="The picture, of any size; of a focus pull, its last frame.")
    position: float | None = Field(default=None, description="Position it is focused at; None when all is sharp.")
    blur: float = Field(default=0.0, description="Its blur strength.")
    aperture: str = Field(default="circle", description="Its aperture shape.")
    made: str = Field(default="", description="Names what a prompt made.")
    title: str = Field(default="", description="What the prompt asked for.")
    video: FileData | None = Field(default=None, description="The focus pull that a prompt made, MP4.")
    number: str = Field(default="", description="New each time it is to be shown, wherever the user moved since.")


class FocusView(GradioModel):
    """A focal stack: one picture, focused from near to far."""

    width: int = Field(description="Width of the frames, px.")
    height: int = Field(description="Height of the frames, px.")
    frames: list[FileData] = Field(
        default_factory=list, description="The focal stack as WebP pictures, focused from near to far."
    )
    photo: FileData | None = Field(default=None, description="The photo the stack was made from, in the same size.")
    all_in_focus: FileData | None = Field(
        default=None, description="The picture as if all were sharp; None: previews are made of the photo."
    )
    sharpest: FileData | None = Field(
        default=None,
        description="Grey PNG of the position at which each pixel is sharp: code / (255 // (frames - 1)).",
    )
    frames_to_come: int = Field(default=0, description="How many frames are being made, while there are none.")
    scene: str = Field(default="", description="Names the scene: the slider stays where it is for another view of it.")
    blur: float = Field(default=0.0, description="Blur strength of the frames.")
    blur_span: float = Field(
        default=0.0,
        description="Blur diameter at strength 1 from one end of the stack to the other, relative to the long side; "
        "0: the look cannot be previewed.",
    )
    aperture: str = Field(default="circle", description="Aperture shape of the frames.")
    position: float = Field(default=0.0, description="Where to start: 0 (nearest) to frames - 1 (farthest).")
    subject: str = Field(default="", description='Why it starts there, in one word: "face", "photo", "object".')
    still: Still | None = Field(default=None, description="One picture to show over the frames.")
    description: str = Field(default="", description="What the picture shows, for screen readers.")


def viewer_value(
    stack: FocalStack,
    disparity: Disparity | None,
    folder: Path,
    position: float | None = None,
    *,
    photo_srgb: NDArray[np.uint8] | None = None,
    all_in_focus_srgb: NDArray[np.uint8] | None = None,
    look: PreviewLook | None = None,
    subject: str = "",
    scene: str = "",
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
        all_in_focus_srgb: (height, width, 3) uint8, as if all were sharp, to preview other looks of.
        look: of the frames; None when another look cannot be previewed.
        subject: what is at that position, in one word for the ruler.
        scene: names the scene; the slider stays where it is for another view of it.
        description: what the picture shows, for screen readers.

    Raises:
        BadInput: on fewer than 3 or more than 33 frames, a position outside the stack, or a disparity
            map of another shape than the frames.
    """
    pictures = encode_stack(
        stack, disparity, position, photo_srgb=photo_srgb, all_in_focus_srgb=None if look is None else all_in_focus_srgb
    )
    return _written(pictures, folder, look=look, subject=subject, scene=scene, description=description)


def draft_value(
    photo_srgb: NDArray[np.uint8],
    disparity: Disparity,
    focus_disparity: NDArray[np.float32],
    folder: Path,
    position: float | None,
    *,
    look: PreviewLook,
    subject: str = "",
    scene: str = "",
    description: str = "",
) -> FocusView:
    """What the viewer makes drafts of while the stack is being made: the photo as it is, and its depth.

    Args:
        focus_disparity: (frames,) of the stack to come, descending.
        look: of the frames to come.
        others: as in `viewer_value`.
    """
    pictures = encode_photo(photo_srgb)
    view = _written(pictures, folder, look=look, scene=scene, description=description)
    return draft_with_depth(view, disparity, focus_disparity, folder, position, look=look, subject=subject)


def draft_with_depth(
    view: FocusView,
    disparity: Disparity,
    focus_disparity: NDArray[np.float32],
    folder: Path,
    position: float | None,
    *,
    look: PreviewLook,
    subject: str = "",
) -> FocusView:
    """The same draft with another disparity. Arguments as of `draft_value`; the photo is not written again."""
    encoded, position = encode_depth(disparity, focus_disparity, position)
    folder.mkdir(parents=True, exist_ok=True)
    known = {"sharpest": _write(folder / _FILES["sharpest"], encoded), "position": position, "subject": subject}
    return view.model_copy(update={**known, **asdict(look), "frames_to_come": len(focus_disparity)})


def sharper_draft(view: FocusView, all_in_focus_srgb: NDArray[np.uint8], folder: Path) -> FocusView:
    """The same draft made of the picture as if all were sharp, (height, width, 3) uint8, once it is known."""
    file = _write(folder / "all_in_focus.webp", encode_all_in_focus(all_in_focus_srgb))
    return view.model_copy(update={"all_in_focus": file})


def photo_value(photo_srgb: NDArray[np.uint8], folder: Path, *, description: str = "") -> FocusView:
    """What the viewer shows of a photo before its depth is known.

    Args:
        photo_srgb: (height, width, 3) uint8.
        folder: where the files go; made when it is missing.
        description: what the picture shows, for screen readers.
    """
    return _written(encode_photo(photo_srgb), folder, description=description)


def with_still(
    view: FocusView,
    still_srgb: NDArray[np.uint8],
    position: float,
    folder: Path,
    *,
    blur: float | None = None,
    aperture: str | None = None,
) -> FocusView:
    """The same view with a finer picture to show while the slider rests at `position`.

    Args:
        view: as shown now; its frames are not sent or loaded again.
        still_srgb: (height, width, 3) uint8, of any size but the same picture.
        position: where it is focused.
        folder: where the file goes.
        blur, aperture: its look; None for that of the frames.
    """
    blur, aperture = view.blur if blur is None else blur, aperture or view.aperture
    path = folder / f"still_{round(position * 1000):05d}_{blur:.3f}_{aperture}.webp"
    picture = file_data(write_webp(path, still_srgb, quality=_STILL_QUALITY))
    return view.model_copy(update={"still": Still(picture=picture, position=position, blur=blur, aperture=aperture)})


def with_finer_made(view: FocusView, still_srgb: NDArray[np.uint8], folder: Path) -> FocusView:
    """The same view with a finer picture, (height, width, 3) uint8, of what a prompt made; written into `folder`."""
    assert view.still is not None  # noqa: S101 - of a view that shows what a prompt made
    picture = file_data(write_webp(folder / "still.webp", still_srgb, quality=_STILL_QUALITY))
    return view.model_copy(update={"still": view.still.model_copy(update={"picture": picture, "number": ""})})


def _written(pictures: ViewerPictures, folder: Path, *, look: PreviewLook | None = None, **words: str) -> FocusView:
    """The view of encoded pictures, written into a folder that is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    fields: dict[str, Any] = {"width": pictures.width, "height": pictures.height, "position": pictures.position}
    fields["frames"] = [_write(folder / f"focus_{i:02d}.webp", data) for i, data in enumerate(pictures.frames)]
    for name, file_name in _FILES.items():
        data = getattr(pictures, name)
        fields[name] = None if data is None else _write(folder / file_name, data)
    return FocusView(**fields | ({} if look is None else asdict(look)) | words)


def _write(path: Path, data: bytes) -> FileData:
    path.write_bytes(data)
    return file_data(path)


_SPAN = 1000
_SMOOTHING_SHARE = 0.006
_SLACK = 1.5
_LEAST_SHARE = 0.0004


class FocusViewer(PageComponent):
    """Shows a focal stack: a slider from near to far, tap to focus, play. All frames are held by the browser.

    Takes a `FocusView` (see `viewer_value`) or None for the empty state. While the page's controls ask for another look
    than that of the frames (`tellLook` in controls.js), or there are no frames yet, the browser renders previews.

    Events:
        focus: after a tap, and when the slider rests; never while dragging. Carries `position`, and after a tap also
            `x` and `y` in [0, 1] from the picture's top left (otherwise None).
        mark: a line was drawn around what should be sharp: `points`, [x, y] as above, and the `position` within it.
        still: the user wants one picture at the photo's full size: of what a prompt made, when `made` names it; else
            at `position`, and with another look than that of the frames, `blur` and `aperture` name it (otherwise
            None). Answer with a new `still`, then set the prop `rendered` to a new value, also after a failure.
        correct: what a prompt made, `made`, is to be made again, focused at `x` and `y`.
        halt: the user wants to stop what the page waits for.

    Props:
        outline: `{"path", "scene", "fades", "asked"}`: SVG path data over a square of 1000 units (see `outline_path`),
            drawn on the picture of that scene alone; for a moment only if it fades.
        pull: `{"position": 3.5, "scene": "..", "asked": 1}` moves the focus there in that scene.

        `asked` numbers the questions that both answer; an answer is left out when that to a later one has come. What
        answers no question has none; such a pull has a `number` in its place, new each time.
    """

    data_model = FocusView
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {
        "outline": None,
        "pull": None,
        "rendered": "",
        "apertures": aperture_shapes(),
    }

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
