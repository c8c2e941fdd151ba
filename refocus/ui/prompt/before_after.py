"""A finished picture beside the photo: before and after in one frame, a download, and a tap to correct the focus."""

from pathlib import Path

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.ui.components.page_component import PageComponent


class HistoryItem(GradioModel):
    """One of the session's finished pictures, as a thumbnail."""

    thumbnail: FileData = Field(description="The picture, small.")
    title: str = Field(description="What was understood.")
    is_video: bool = Field(default=False, description="Whether it is a focus pull.")


class BeforeAfterView(GradioModel):
    """One finished picture or focus pull, and the others of the session."""

    width: int = Field(description="Width of the picture, px.")
    height: int = Field(description="Height of the picture, px.")
    before: FileData = Field(description="The photo before refocusing.")
    after: FileData = Field(description="The finished picture; of a focus pull, its last frame.")
    video: FileData | None = Field(default=None, description="The focus pull, MP4.")
    download: FileData = Field(description="The result at full quality.")
    title: str = Field(default="", description="What was understood.")
    notes: list[str] = Field(default_factory=list, description="What was found and assumed.")
    description: str = Field(default="", description="What the picture shows, for screen readers.")
    history: list[HistoryItem] = Field(default_factory=list, description="All pictures of the session, latest first.")
    shown: int = Field(default=0, description="Index of this picture in the history.")


class BeforeAfter(PageComponent):
    """Shows a `BeforeAfterView`, or nothing for None.

    Events:
        correct: the picture was tapped at `x` and `y` in [0, 1]; `index` is its place in the history.
        chosen: `index` in the history of the picture to show again.
    """

    data_model = BeforeAfterView
    page_files = Path(__file__).with_suffix("")
