"""The session's finished stacks as a strip of thumbnails: a new photo does not lose the one before."""

from pathlib import Path

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.ui.components.page_component import PageComponent
from refocus.ui.run.session_result import SessionResult

MAX_RESULTS = 12
"""Stacks kept in a session; the oldest is removed first."""


class ShelfItem(GradioModel):
    """One stack."""

    thumbnail: FileData = Field(description="A small picture of it.")
    name: str = Field(description="The photo's name.")


class ShelfView(GradioModel):
    """All stacks of a session, latest first, and which one is shown."""

    items: list[ShelfItem] = Field(default_factory=list, description="The stacks.")
    shown: int = Field(default=0, description="Index of the one that is shown, or -1.")


class Shelf(PageComponent):
    """Shows a `ShelfView` at a constant height. Its event `pick` carries the `index` of the stack to show again."""

    data_model = ShelfView
    page_files = Path(__file__).with_suffix("")


def add_to_shelf(
    shelf: tuple[SessionResult, ...], result: SessionResult
) -> tuple[tuple[SessionResult, ...], tuple[SessionResult, ...]]:
    """The shelf with a new stack in front. It replaces a stack of the same photo, and the oldest above `MAX_RESULTS`.

    Returns:
        The new shelf, and the stacks that are no longer on it.
    """
    others = tuple(old for old in shelf if old.source != result.source)
    kept = (result, *others)[:MAX_RESULTS]
    return kept, tuple(old for old in shelf if old not in kept)


def release_others(shelf: tuple[SessionResult, ...], shown: SessionResult) -> None:
    """Keep only the shown stack in memory; the others are read from disk when they are picked."""
    for result in shelf:
        if result is not shown:
            result.kept.release()


def shelf_view(shelf: tuple[SessionResult, ...], shown: SessionResult | None) -> ShelfView:
    """What the strip shows."""
    items = [ShelfItem(thumbnail=FileData(path=str(result.thumbnail)), name=result.name) for result in shelf]
    return ShelfView(items=items, shown=next((i for i, result in enumerate(shelf) if result is shown), -1))
