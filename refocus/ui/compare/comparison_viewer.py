"""The component that shows several focal stacks side by side, driven by one slider, and its value."""

from pathlib import Path

from gradio.data_classes import GradioModel
from pydantic import Field

from refocus.compare.variants import Comparison
from refocus.ui.components.page_component import PageComponent
from refocus.ui.viewer.focus_viewer import FocusView, viewer_value


class ColumnView(GradioModel):
    """One column: a stack with its heading, or the reason there is none."""

    label: str = Field(description="The heading.")
    caption: list[str] = Field(default_factory=list, description="Engine, settings, seed and seconds.")
    why: str = Field(default="", description="Why there is no stack.")
    view: FocusView | None = Field(default=None, description="The stack.")


class ComparedPhotoView(GradioModel):
    """One photo and its columns."""

    name: str = Field(description="Name of the photo.")
    ratio: float = Field(default=1.5, description="Width divided by height.")
    entries: list[ColumnView] = Field(default_factory=list, description="The columns, from left to right.")


class ComparisonView(GradioModel):
    """A comparison of one or more photos; one photo is shown at a time."""

    photos: list[ComparedPhotoView] = Field(default_factory=list, description="The photos to choose from.")


class ComparisonViewer(PageComponent):
    """Shows a `ComparisonView`, or nothing for None: one slider, tap and zoom drive all stacks."""

    data_model = ComparisonView
    page_files = Path(__file__).with_suffix("")


def compared_photo_view(comparison: Comparison, folder: Path) -> ComparedPhotoView:
    """Write a comparison as files for the viewer, each entry into a folder of its own."""
    width, height = comparison.size
    return ComparedPhotoView(
        name=comparison.name,
        ratio=width / height,
        entries=[
            ColumnView(
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
