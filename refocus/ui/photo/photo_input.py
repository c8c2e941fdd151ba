"""The controls that take files: a photo, or the photos of the user's own focal stack."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData

from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.ui.components.page_component import FileList, QuietComponentMeta
from refocus.ui.controls.control_values import FILE_HEIGHT_PX


class PhotoInput(gr.Image, metaclass=QuietComponentMeta):
    """A gr.Image whose value is always the path of the unchanged file.

    gr.Image opens the file itself with Pillow: HEIC fails, a file that is no picture ends in a traceback, and EXIF,
    profile and 16 bits are lost. `Photo.open` reads all of these, and says what is wrong.
    It has no constructor of its own, because gradio reads the component's settings from the constructor's signature.
    """

    def get_block_name(self) -> str:
        """The browser uses gr.Image's own component."""
        return "image"

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the file, or None when the control is empty; `GuardedBlocks` has checked it before."""
        return None if payload is None else payload.path or None


@dataclass(frozen=True, slots=True)
class OriginalPhoto:
    """The photo's own file, while the photo control shows a preview instead."""

    path: str
    preview_name: str


def original_path(photo: str | None, original: OriginalPhoto | None) -> str | None:
    """The photo's own file, also when the photo control shows a preview of it."""
    shows_preview = photo is not None and original is not None and Path(photo).name == original.preview_name
    return original.path if shows_preview and original is not None else photo


def photo_input(label: str, *, elem_id: str | None = None, visible: bool = True) -> PhotoInput:
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


def photo_stack_input() -> FileList:
    """Takes the photos of the user's own focal stack."""
    return FileList(
        label="Your own focal stack (3 or more photos)",
        file_count="multiple",
        file_types=list(PHOTO_ENDINGS),
        height=FILE_HEIGHT_PX,
        elem_id="own-stack",
    )
