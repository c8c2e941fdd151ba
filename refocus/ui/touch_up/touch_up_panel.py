"""The panel in which strokes are drawn to correct the depth, its value, and what its events carry."""

from pathlib import Path
from typing import Any, ClassVar

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BadInput
from refocus.depth import Stroke
from refocus.depth.strokes import parse_strokes
from refocus.ui.components.page_component import PageComponent, PageEvent


class TouchUpView(GradioModel):
    """The picture, its depth with the strokes so far, and those strokes."""

    stack: str = Field(description="Names the stack that is touched up.")
    width: int = Field(description="Width of the picture, px.")
    height: int = Field(description="Height of the picture, px.")
    picture: FileData = Field(description="The picture, sharp from front to back.")
    depth: FileData = Field(description="Its depth as grey levels; nearer is brighter.")
    strokes: list[dict[str, Any]] = Field(default_factory=list, description="The strokes drawn so far.")
    number: int = Field(default=0, description="Number of the request this answers; late answers are skipped.")


class TouchUpPanel(PageComponent):
    """A button that opens a `TouchUpView` to draw on. Disabled until the prop `stack` names a finished stack.

    Events:
        begin: the panel was opened and needs its view.
        draw, finish: all strokes (see `read_strokes`), to update the depth or to render a stack.

    Props:
        ended: set to a new value when the work of `finish` has ended, also after a failure.
    """

    data_model = TouchUpView
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"stack": "", "ended": ""}


def read_strokes(event: PageEvent) -> tuple[tuple[Stroke, ...], int]:
    """The strokes an event carries and its number. Raises BadInput when the panel did not send it."""
    try:
        return parse_strokes(list(event.strokes)), event.whole("number")
    except BadInput:
        raise
    except (TypeError, ValueError) as error:
        raise BadInput("The page sent something other than strokes.", todo="Reload the page.") from error
