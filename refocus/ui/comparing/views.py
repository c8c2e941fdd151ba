"""What the comparison viewer shows, as files."""

from pathlib import Path

from gradio.data_classes import GradioModel
from pydantic import Field

from refocus.engines.comparison import Comparison
from refocus.ui.viewer import FocusView, viewer_value


class ComparedView(GradioModel):
    """One of several: a stack with its heading, or why there is none."""

    label: str = Field(description="Its heading.")
    caption: list[str] = Field(default_factory=list, description="Engine, settings, seed and seconds.")
    why: str = Field(default="", description="Why there is no stack.")
    view: FocusView | None = Field(default=None, description="The stack.")


class ComparedViews(GradioModel):
    """A comparison to look at."""

    entries: list[ComparedView] = Field(default_factory=list, description="Side by side, in this order.")


def compared_views(comparison: Comparison, folder: Path) -> ComparedViews:
    """Write a comparison as files for the viewer, each entry into a folder of its own."""
    return ComparedViews(
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
        ]
    )
