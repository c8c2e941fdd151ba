"""What the touch-up shows and what its events carry."""

from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BadInput
from refocus.depth import Stroke
from refocus.depth.strokes import parse_strokes


class TouchUpView(GradioModel):
    """The picture, its depth with the strokes so far, and those strokes."""

    stack: str = Field(description="Names the stack that is touched up.")
    width: int = Field(description="Width of the picture, px.")
    height: int = Field(description="Height of the picture, px.")
    picture: FileData = Field(description="The picture, sharp from front to back.")
    depth: FileData = Field(description="Its depth as grey levels; nearer is brighter.")
    strokes: list[dict[str, Any]] = Field(default_factory=list, description="What was drawn so far.")
    number: int = Field(default=0, description="Counts what the page asked for, so that late answers are known.")


def drawn_in(event: gr.EventData) -> tuple[tuple[Stroke, ...], int]:
    """The strokes an event carries, and its number. Raises BadInput when it is none of the touch-up's own."""
    try:
        return parse_strokes(list(event.strokes)), int(event.number)
    except (TypeError, ValueError, AttributeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("The page sent something other than strokes.", todo="Reload the page.") from error
