"""What the comparison viewer shows, as files."""

from pathlib import Path

from gradio.data_classes import GradioModel
from pydantic import Field

from refocus.compare.variants import Comparison
from refocus.ui.viewer import FocusView, viewer_value


class ComparedView(GradioModel):
    """One of several: a stack with its heading, or why there is none."""

    label: str = Field(description="Its heading.")
    caption: list[str] = Field(default_factory=list, description="Engine, settings, seed and seconds.")
    why: str = Field(default="", description="Why there is no stack.")
    view: FocusView | None = Field(default=None, description="The stack.")


class ComparedPhoto(GradioModel):
    """One photo and what was made of it."""

    name: str = Field(description="Of the photo.")
    ratio: float = Field(default=1.5, description="Its width by its height.")
    entries: list[ComparedView] = Field(default_factory=list, description="Side by side, in this order.")


class ComparedViews(GradioModel):
    """A comparison to look at, one photo at a time."""

    photos: list[ComparedPhoto] = Field(default_factory=list, description="To choose from.")


def compared_photo(comparison: Comparison, folder: Path) -> ComparedPhoto:
    """Write a comparison as files for the viewer, each entry into a folder of its own."""
    width, height = comparison.size
    return ComparedPhoto(
        name=comparison.name,
        ratio=width / height,
        entries=[
            ComparedView(
                label=entry.label,
                caption=list(entry.caption),
                why=entry.why,
                view=None
                if entry.stack is None
                else viewer_value(entry.stack, entry.disparity, folder / f"entry_{index:02d}", description=entry.label),
            )
            for index, entry in enumerate(comparison.entries)
        ],
    )
