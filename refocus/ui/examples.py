"""A strip of example photographs: one tap opens one."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from refocus.ui.code import page_code
from refocus.ui.words import for_page

_THUMBNAIL_PX = 144
_TITLE = '<p class="quiet" data-word="title"></p>'
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Example:
    """An example photograph: its file, and the key of the words for what it shows."""

    path: Path
    words: str


_NAMES = ("drum", "mountain", "raccoon", "coffee", "dandelion", "stream")


def bundled_examples(folder: Path) -> list[Example]:
    """The photographs that come with the app, in the order of the strip; those that are not there are left out."""
    return [Example(folder / f"{name}.jpg", f"example.{name}") for name in _NAMES if (folder / f"{name}.jpg").is_file()]


def example_strip(examples: Sequence[Example]) -> gr.HTML:
    """The strip; its event `pick` carries the `index` of the example that was tapped."""
    buttons = "".join(
        f'<button type="button" data-index="{index}" data-name="{html.escape(example.words.removeprefix("example."))}">'
        f'<img alt="" src="{_thumbnail(example.path)}"></button>'
        for index, example in enumerate(examples)
    )
    return gr.HTML(
        html_template=f'<div class="own">{_TITLE}<div class="strip">{buttons}</div></div>',
        css_template=page_code(_HERE / "examples.css"),
        js_on_load=page_code(_HERE / "examples.js"),
        apply_default_css=False,
        words=for_page("example"),
        padding=False,
        elem_id="examples",
    )


def _thumbnail(path: Path) -> str:
    """A small square of the picture, in the page itself: nothing more to load."""
    with Image.open(path) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=75)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
