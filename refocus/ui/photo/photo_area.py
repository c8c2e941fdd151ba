"""Where photos come in: the photo control, the examples, a focal stack of the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.ui.controls.settings_controls import FILE_HEIGHT_PX
from refocus.ui.photo.examples import Example, example_strip
from refocus.ui.photo.photo_input import PhotoInput


@dataclass(frozen=True, slots=True)
class PhotoSide:
    """The parts of the page where photos come in.

    Attributes:
        photo: the photo control.
        strip: the examples; its event `pick` carries an `index`.
        examples: what the strip shows.
    """

    photo: PhotoInput
    strip: gr.HTML
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class Original:
    """The photo's own file, while the photo control shows a preview in its place."""

    path: str
    preview_name: str

    def is_shown_as(self, photo: str | None) -> bool:
        """Whether the photo control's file is that preview."""
        return photo is not None and Path(photo).name == self.preview_name


def own_path(photo: str | None, original: Original | None) -> str | None:
    """The photo's own file, also when the photo control shows a preview of it."""
    return original.path if original is not None and original.is_shown_as(photo) else photo


def photo_control(label: str, *, elem_id: str | None = None, visible: bool = True) -> PhotoInput:
    """The photo control, within the gr.Blocks that is being built."""
    return PhotoInput(
        label=label,
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        buttons=["fullscreen"],
        height=260,
        elem_id=elem_id,
        visible=visible,
    )


def add_photo_side(examples: Sequence[Example]) -> PhotoSide:
    """Put the photo control and the examples on the page."""
    return PhotoSide(photo_control("Photo", elem_id="photo"), example_strip(examples), examples)


def own_stack_control() -> gr.File:
    """Takes the photos of a focal stack of the user's own."""
    return gr.File(
        label="Your own focal stack (3 or more photos)",
        file_count="multiple",
        file_types=list(PHOTO_ENDINGS),
        height=FILE_HEIGHT_PX,
        elem_id="own-stack",
    )
