"""What the comparison shows. Apart from the component: gradio's stub of that file knows its class only."""

from gradio.data_classes import FileData, GradioModel
from pydantic import Field


class MadeItem(GradioModel):
    """One of the session's pictures, small."""

    thumbnail: FileData = Field(description="The picture, small.")
    title: str = Field(description="What was understood.")
    moving: bool = Field(default=False, description="Whether it is a focus pull.")


class CompareView(GradioModel):
    """One finished picture or focus pull, and the others of the session."""

    width: int = Field(description="Width of the picture, px.")
    height: int = Field(description="Height of the picture, px.")
    before: FileData = Field(description="The photo as it was.")
    after: FileData = Field(description="The finished picture; of a pull, its last one.")
    video: FileData | None = Field(default=None, description="The focus pull, MP4.")
    download: FileData = Field(description="The result at full quality.")
    title: str = Field(default="", description="What was understood.")
    notes: list[str] = Field(default_factory=list, description="What was found and assumed.")
    description: str = Field(default="", description="What the picture shows, for screen readers.")
    made: list[MadeItem] = Field(default_factory=list, description="All pictures of the session, latest first.")
    shown: int = Field(default=0, description="Which of them this is.")
