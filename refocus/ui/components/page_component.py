"""The base classes of the page's own components and of what their events carry, and the files that values name."""

import math
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr
import numpy as np
from gradio import component_meta
from gradio.data_classes import FileData, GradioModel
from numpy.typing import NDArray

from refocus.core import BadInput, numbers
from refocus.media import encode_webp
from refocus.ui.components.page_files import component_templates

THUMBNAIL_PX = 144
"""Height of the thumbnails of results and examples."""
_LARGEST = 1e9


class QuietComponentMeta(component_meta.ComponentMeta):
    """gradio's metaclass of components, without the .pyi file that it writes beside the module of each class.

    Where the app runs, its code is not to be changed; and for type checkers such a file hides the sources.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        """The class, as gradio makes it."""
        write = component_meta.create_or_modify_pyi
        component_meta.create_or_modify_pyi = _write_nothing
        try:
            return super().__new__(cls, name, bases, attributes)
        finally:
            component_meta.create_or_modify_pyi = write


def _write_nothing(component_class: type, class_name: str, events: list[Any]) -> None:
    """In place of gradio's writer of .pyi files."""


class PageComponent(gr.HTML, metaclass=QuietComponentMeta):
    """A gr.HTML whose value is a model, a plain JSON value where there is no model, or None for nothing to show.

    Attributes:
        data_model: the type of the value, or None.
        page_files: path of the component's .html, .css and .js files, without the suffix.
        default_props: what the script reads as `props` beside `value`.
    """

    data_model: type[GradioModel] | None = None
    page_files: ClassVar[Path]
    default_props: ClassVar[dict[str, Any]] = {}

    def __init__(self, value: Any = None, **kw: Any) -> None:
        """`kw` are gr.HTML's arguments and props; gradio builds the class again from all of them on updates."""
        fixed = {**component_templates(self.page_files), "apply_default_css": False}
        super().__init__(value, **{"padding": False, **self.default_props, **kw, **fixed})

    def preprocess(self, payload: Any) -> Any:
        """The value as shown; its files are local paths."""
        return payload

    def postprocess(self, value: Any) -> Any:
        """Validate the value; gradio then serves its files to the browser."""
        if self.data_model is None or not isinstance(value, dict):
            return value
        return self.data_model.model_validate(value)

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        return {} if self.data_model is None else gr.components.Component.api_info(self)

    def example_payload(self) -> Any:
        """None: the API page shows no example."""
        return None

    def example_value(self) -> Any:
        """The same for Python."""
        return self.example_payload()


class PageEvent(gr.EventData):
    """The data of an event, for handlers with an argument of this type. Reading what was not sent raises BadInput: any
    program may send the events of the page, with anything in them.
    """

    def __getattr__(self, name: str) -> Any:
        """What the event carries under a name."""
        if name.startswith("_"):
            raise AttributeError(name)
        if not isinstance(self._data, dict) or name not in self._data:
            raise BadInput(f"The event came without {name!r}.", todo="Reload the page, or send what it sends.")
        if not _can_be_sent_back(self._data[name]):
            raise BadInput(f"The event's {name!r} holds a number that is too large or none.", todo="Reload the page.")
        return self._data[name]

    def whole(self, name: str) -> int:
        """A whole number, 0 or more."""
        return numbers.whole(name, getattr(self, name), 0, math.inf)

    def real(self, name: str) -> float:
        """A finite number."""
        return numbers.real(name, getattr(self, name), -_LARGEST, _LARGEST)


def _can_be_sent_back(value: Any) -> bool:
    """Whether all numbers in a JSON value fit into JSON again."""
    if isinstance(value, dict):
        return all(map(_can_be_sent_back, value.values()))
    if isinstance(value, list):
        return all(map(_can_be_sent_back, value))
    return not isinstance(value, (int, float)) or abs(value) <= _LARGEST


def file_data(path: Path) -> FileData:
    """A picture or video file as a component's value names it."""
    kind = "video" if path.suffix == ".mp4" else "image"
    return FileData(
        path=str(path), size=path.stat().st_size, orig_name=path.name, mime_type=f"{kind}/{path.suffix[1:]}"
    )


def write_webp(path: Path, srgb: NDArray[np.uint8], *, quality: int) -> Path:
    """Write a picture, (height, width, 3) uint8, as WebP of a quality from 0 to 100; returns the path."""
    path.write_bytes(encode_webp(srgb, quality=quality))
    return path


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
