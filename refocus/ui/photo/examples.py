"""The strip of example photos: one tap opens one."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image, ImageOps

from refocus.media import encode_thumbnail
from refocus.ui.components.page_component import THUMBNAIL_PX, PageComponent


@dataclass(frozen=True, slots=True)
class Example:
    """An example photo: its file and what it shows."""

    path: Path
    title: str


_TITLES = {
    "drum": "A drum on a beanbag, a table behind it",
    "astronaut": "An astronaut, a model of the Space Shuttle behind her",
    "raccoon": "A raccoon in the leaves",
    "coffee": "A cup of coffee on a table",
    "dandelion": "Dandelions in the evening sun",
    "mountain": "A path through a meadow, mountains behind",
}


def bundled_examples(folder: Path) -> list[Example]:
    """The photos that come with the app, in the order of the strip; missing files are left out."""
    examples = [Example(folder / f"{name}.jpg", title) for name, title in _TITLES.items()]
    return [example for example in examples if example.path.is_file()]


class ExampleStrip(PageComponent):
    """Thumbnails of the example photos. Its event `pick` carries the `index` of the example that was tapped."""

    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"examples": []}


def example_strip(examples: Sequence[Example]) -> ExampleStrip:
    """The strip of these examples, within the gr.Blocks that is being built; the thumbnails are part of the page."""
    items = [
        {"name": example.path.stem, "title": example.title, "thumbnail": _thumbnail_address(example.path)}
        for example in examples
    ]
    return ExampleStrip(examples=items, elem_id="examples")


def _thumbnail_address(path: Path) -> str:
    with Image.open(path) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    data = encode_thumbnail(np.asarray(square), square.size)
    return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"
