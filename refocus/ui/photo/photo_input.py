"""The controls that take files: a photo, or the photos of the user's own focal stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.ui.components.page_component import FileList, QuietComponentMeta
from refocus.ui.controls.control_values import FILE_HEIGHT_PX
from refocus.ui.security.upload_guard import EXAMPLE_PREFIX


class PhotoInput(gr.Image, metaclass=QuietComponentMeta):
    """A gr.Image whose value is always the path of the unchanged file.

    gr.Image opens the file itself with Pillow: HEIC fails, a file that is no picture ends in a traceback, and EXIF,
    profile and 16 bits are lost. `Photo.open` reads all of these, and says what is wrong.
    Its value may be a `ShownPhoto`. It has no constructor of its own, because gradio reads the component's settings
    from the constructor's signature.
    """

    def get_block_name(self) -> str:
        """The browser uses gr.Image's own component."""
        return "image"

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the file, or None when the control is empty; `GuardedBlocks` has checked it before."""
        return None if payload is None else payload.path or None

    def postprocess(self, value: Any) -> Any:
        """A value for the browser, which sends the name of the photo's own file back with it."""
        if not isinstance(value, ShownPhoto):
            return super().postprocess(value)
        shown = super().postprocess(str(value.preview or value.path))
        if isinstance(shown, ImageData):
            shown.orig_name = value.source
        return shown


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo for the photo control. What comes back from the control is the photo's own file.

    Attributes:
        path: its own file, uploaded or an example.
        preview: shown instead, where browsers do not show the photo's format; else None.
        example: whether it is one of the examples.
    """

    path: str
    preview: Path | None = None
    example: bool = False

    @property
    def source(self) -> str:
        """What `GuardedBlocks` knows the photo's own file by, also after a restart of the server."""
        return f"{EXAMPLE_PREFIX}{Path(self.path).name}" if self.example else self.path


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
