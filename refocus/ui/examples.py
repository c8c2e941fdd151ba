"""A strip of example photographs: one tap opens one."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from refocus.ui.words import for_page

_THUMBNAIL_PX = 144


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
        css_template=_CSS,
        js_on_load=_SCRIPT,
        apply_default_css=False,
        words=for_page("example"),
        padding=False,
        elem_id="examples",
    )


_TITLE = '<p class="quiet" data-word="title"></p>'
_SCRIPT = """
const words = refocus.pickWords(props.words);
refocus.fillWords(element, words);
for (const button of element.querySelectorAll("button[data-index]")) {
  button.title = words[button.dataset.name];
  button.setAttribute("aria-label", button.title);
}
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-index]");
  if (button) trigger("pick", { index: Number(button.dataset.index) });
});
"""

_CSS = """
p { margin-bottom: 6px; }
.strip { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 8px; }
button { min-height: 0; padding: 0; border: 0; border-radius: var(--radius-md); overflow: hidden; aspect-ratio: 1; }
img { display: block; width: 100%; height: 100%; object-fit: cover; transition: transform 160ms ease-out; }
button:hover img { transform: scale(1.06); }
"""


def _thumbnail(path: Path) -> str:
    """A small square of the picture, in the page itself: nothing more to load."""
    with Image.open(path) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=75)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
