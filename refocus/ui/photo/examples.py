"""A strip of example photographs: one tap opens one."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from refocus.ui.components.page_files import page_code

_THUMBNAIL_PX = 144
_TITLE = '<p class="quiet">Or open an example</p>'
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Example:
    """An example photograph: its file and what it shows."""

    path: Path
    title: str


_TITLES = {
    "drum": "A drum on a beanbag, a table behind it",
    "mountain": "A path through a meadow, mountains behind",
    "raccoon": "A raccoon in the leaves",
    "coffee": "A cup of coffee on a table",
    "dandelion": "Dandelions in the evening sun",
    "stream": "A stream in the woods",
}


def bundled_examples(folder: Path) -> list[Example]:
    """The photographs that come with the app, in the order of the strip; those that are not there are left out."""
    examples = [Example(folder / f"{name}.jpg", title) for name, title in _TITLES.items()]
    return [example for example in examples if example.path.is_file()]


def example_strip(examples: Sequence[Example]) -> gr.HTML:
    """The strip; its event `pick` carries the `index` of the example that was tapped."""
    buttons = "".join(
        f'<button type="button" data-index="{index}" data-name="{html.escape(example.path.stem)}" '
        f'title="{html.escape(example.title)}" aria-label="{html.escape(example.title)}">'
        f'<img alt="" src="{_thumbnail(example.path)}"></button>'
        for index, example in enumerate(examples)
    )
    return gr.HTML(
        html_template=f'<div class="own">{_TITLE}<div class="strip">{buttons}</div></div>',
        css_template=page_code(_HERE / "examples.css"),
        js_on_load=page_code(_HERE / "examples.js"),
        apply_default_css=False,
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
