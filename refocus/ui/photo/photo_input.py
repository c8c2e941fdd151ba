"""The controls that take files: a photo, or several files such as the photos of the user's own focal stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.ui.components.page_component import QuietComponentMeta
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


class FileList(gr.File, metaclass=QuietComponentMeta):
    """A gr.File for several files.

    The schema of gradio's own control has `$defs` of its own and refers to them from the root. Tools for assistants
    (MCP) nest it below the parameter's name, where these references point nowhere and every call fails. Here they are
    replaced by what they refer to. It has no constructor of its own, because gradio reads the component's settings
    from the constructor's signature.
    """

    def get_block_name(self) -> str:
        """The browser uses gr.File's own component."""
        return "file"

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of a list of files, without references."""
        schema = super().api_info()
        definitions = schema.get("$defs", {})
        own = {name: part for name, part in schema.items() if name != "$defs"}
        resolved: dict[str, Any] = _resolved(own, definitions)
        return resolved


def _resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {name: _resolved(part, definitions) for name, part in schema.items()}


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
