"""The text box for bokeh prompts: what was understood shows as chips, each of which can be removed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from refocus.core import BadInput, BokehSpec
from refocus.prompts import parse_prompt
from refocus.ui.components.page_files import page_code

EXAMPLES = (
    "focus on the face, f/1.4",
    "blur the background",
    "sharp background, heart-shaped bokeh",
    "rack focus from near to far",
    "everything sharp",
)
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asked:
    """What the box asks for.

    Attributes:
        text: as typed.
        left_out: fields of the spec whose chips were removed.
        tap: (x, y) in [0, 1] from the picture's top left, the last tap on a picture; None when there is none.
        number: counts the questions of this page.
    """

    text: str
    left_out: tuple[str, ...] = ()
    tap: tuple[float, float] | None = None
    number: int = 0

    @classmethod
    def of(cls, event: gr.EventData) -> "Asked":
        """What an event of the box carries. Raises BadInput when it is none of the box's own."""
        x, y = event.x, event.y
        try:
            tap = None if x is None or y is None else (min(max(float(x), 0.0), 1.0), min(max(float(y), 0.0), 1.0))
            return cls(str(event.text), tuple(map(str, event.left_out)), tap, int(event.asked))
        except (TypeError, ValueError) as error:
            raise BadInput("The page sent something other than a prompt.", todo="Reload the page.") from error

    def whole(self) -> BokehSpec:
        """Everything the text says."""
        return parse_prompt(self.text)

    def spec(self) -> BokehSpec:
        """What the text says without the chips that were removed."""
        spec = self.whole()
        for field in self.left_out:
            spec = spec.without(field)
        return spec


def prompt_box() -> gr.HTML:
    """The box. Disabled until its prop `stack` is set.

    Its events `understand` and `apply` carry what `Asked.of` reads. Its value is what `answer` gives; the props
    `stack` (any new text when there is a new stack, "" for none), `tapped` (`{"x", "y", "apply"}`) and `applied`
    (anything new when a rendering ended) tell it what happens elsewhere.
    """
    return gr.HTML(
        {},
        html_template=_source("html"),
        css_template=_source("css"),
        js_on_load=_source("js"),
        apply_default_css=False,
        padding=False,
        elem_id="prompt",
        examples=list(EXAMPLES),
        stack="",
        tapped=None,
        applied=0,
    )


def answer(asked: Asked, found: str, *, sure: bool) -> dict[str, Any]:
    """The box's value: what of a question was understood and found.

    Args:
        asked: the question.
        found: where the focus lies, a sentence for each place; "" when there is nothing to say.
        sure: False when that is a guess the user should look at.
    """
    spec = asked.whole()
    return {
        "asked": asked.number,
        "chips": [{"field": chip.field, "label": chip.label} for chip in spec.chips()],
        "ignored": list(spec.ignored),
        "found": found,
        "sure": sure,
    }


def _source(ending: str) -> str:
    return page_code(_HERE / f"prompt_box.{ending}")
