"""A strip of example photographs: one tap opens one."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

_THUMBNAIL_PX = 144


@dataclass(frozen=True, slots=True)
class Example:
    """An example photograph: its file, and what it shows."""

    path: Path
    label: str


_LABELS = {
    "drum.jpg": "A drum on a beanbag, a table behind it",
    "mountain.jpg": "A path through a meadow, mountains behind",
    "raccoon.jpg": "A raccoon in the leaves",
    "coffee.jpg": "A cup of coffee on a table",
    "dandelion.jpg": "Dandelions in the evening sun",
    "stream.jpg": "A stream in the woods",
}


def bundled_examples(folder: Path) -> list[Example]:
    """The photographs that come with the app, in the order of the strip; those that are not there are left out."""
    return [Example(folder / name, label) for name, label in _LABELS.items() if (folder / name).is_file()]


def example_strip(examples: Sequence[Example]) -> gr.HTML:
    """The strip; its event `pick` carries the `index` of the example that was tapped."""
    buttons = "".join(
        f'<button type="button" data-index="{index}" aria-label="{html.escape(example.label)}" '
        f'title="{html.escape(example.label)}"><img alt="" src="{_thumbnail(example.path)}"></button>'
        for index, example in enumerate(examples)
    )
    return gr.HTML(
        html_template=f'<p>Or open an example</p><div class="strip">{buttons}</div>',
        css_template=_CSS,
        js_on_load=_SCRIPT,
        padding=False,
        elem_id="examples",
    )


_SCRIPT = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-index]");
  if (button) trigger("pick", { index: Number(button.dataset.index) });
});
"""

_CSS = """
p { margin: 0 0 6px; font-size: 13px; color: var(--body-text-color-subdued); }
.strip { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 8px; }
button { padding: 0; border: 0; border-radius: var(--radius-md); overflow: hidden; aspect-ratio: 1; cursor: pointer; }
button:focus-visible { outline: 3px solid var(--color-accent); outline-offset: 2px; }
img { display: block; width: 100%; height: 100%; margin: 0; object-fit: cover; transition: transform 160ms ease-out; }
button:hover img { transform: scale(1.06); }
@media (prefers-reduced-motion: reduce) { img { transition: none; } }
"""


def _thumbnail(path: Path) -> str:
    """A small square of the picture, in the page itself: nothing more to load."""
    with Image.open(path) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=75)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
