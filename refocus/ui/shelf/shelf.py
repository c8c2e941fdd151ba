"""The session's finished stacks as a strip of small pictures: a new photo does not lose the one before."""

from pathlib import Path
from typing import Any

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.ui.components.page_component import PageView
from refocus.ui.components.page_files import page_code
from refocus.ui.run.session_result import Made

MOST = 12
"""Stacks kept in a session; the oldest goes first."""
Shelved = tuple[Made, ...]
_HERE = Path(__file__).parent


class ShelfItem(GradioModel):
    """One stack."""

    thumbnail: FileData = Field(description="A small picture of it.")
    name: str = Field(description="The photo's name.")


class ShelfView(GradioModel):
    """All stacks of a session, latest first, and which one is shown."""

    items: list[ShelfItem] = Field(default_factory=list, description="The stacks.")
    shown: int = Field(default=0, description="Which of them is shown.")


class Shelf(PageView):
    """Shows a `ShelfView`, always as high. Its event `pick` carries the `index` of the one to show."""

    data_model = ShelfView

    def __init__(self, value: ShelfView | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page: dict[str, Any] = {
            "html_template": (
                '<div class="own shelf"><p class="quiet">In this session</p><div class="strip"></div></div>'
            ),
            "css_template": page_code(_HERE / "shelf.css"),
            "js_on_load": page_code(_HERE / "shelf.js"),
            "apply_default_css": False,
        }
        super().__init__(value, **{**kw, **page})


def shelved(shelf: Shelved, made: Made) -> tuple[Shelved, Shelved]:
    """The shelf with a new stack in front; a stack of the same photo gives way, and the oldest above `MOST`.

    Returns:
        The new shelf, and what is no longer on it.
    """
    photo = (made.wish.photo_path, made.wish.stack_paths)
    others = tuple(old for old in shelf if (old.wish.photo_path, old.wish.stack_paths) != photo)
    kept = (made, *others)[:MOST]
    return kept, tuple(old for old in shelf if old not in kept)


def shelf_view(shelf: Shelved, shown: Made | None) -> ShelfView:
    """What the strip shows."""
    items = [ShelfItem(thumbnail=FileData(path=str(made.thumbnail)), name=made.result.photo.name) for made in shelf]
    return ShelfView(items=items, shown=next((i for i, made in enumerate(shelf) if made is shown), -1))
