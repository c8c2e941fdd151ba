"""Finished work of the session as a strip of thumbnails: a new photo or prompt does not lose the one before."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.ui.components.page_component import PageComponent
from refocus.ui.run.session_result import SessionResult

MAX_RESULTS = 12
"""Stacks kept in a session; the oldest is removed first."""


class ShelfItem(GradioModel):
    """One stack, or one picture or focus pull made from a prompt."""

    thumbnail: FileData = Field(description="A small picture of it.")
    name: str = Field(description="The photo's name, or what the prompt asked for.")
    video: bool = Field(default=False, description="Whether it is a focus pull.")
    key: str = Field(default="", description="Names what a prompt made, as `Still.made` does.")
    notes: list[str] = Field(default_factory=list, description="What was found and assumed for the prompt.")


class ShelfView(GradioModel):
    """All of a session, latest first, and which one is shown."""

    items: list[ShelfItem] = Field(default_factory=list, description="What there is.")
    shown: int = Field(default=-1, description="Index of the stack that is shown, or -1.")


class Shelf(PageComponent):
    """Shows a `ShelfView`. Its event `pick` carries the `index` of what to show again.

    Props:
        of_prompts: whether these were made from prompts. Then it takes no place while it is empty, marks what the
            focus viewer shows, and says about it what its notes say; a strip of stacks has a constant height.
    """

    data_model = ShelfView
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"of_prompts": False}


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


def release_others(results: Iterable[SessionResult], shown: SessionResult) -> None:
    """Keep only the shown stack in memory; the others are read from disk when they are picked."""
    for result in results:
        if result is not shown:
            result.kept.release()


def shelf_view(shelf: tuple[SessionResult, ...], shown: SessionResult | None) -> ShelfView:
    """What the strip shows."""
    items = [ShelfItem(thumbnail=FileData(path=str(result.thumbnail)), name=result.name) for result in shelf]
    return ShelfView(items=items, shown=next((i for i, result in enumerate(shelf) if result is shown), -1))
