"""The text box for bokeh prompts: what was understood is shown as chips, each of which can be removed."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from refocus.core import BadInput, BokehSpec
from refocus.prompts import parse_prompt
from refocus.ui.components.page_component import PageComponent, PageEvent

EXAMPLES = (
    "focus on the face, f/1.4",
    "blur the background",
    "sharp background, heart-shaped bokeh",
    "rack focus from near to far",
    "everything sharp",
)


_MAX_POINTS = 5000  # of a drawn line


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """What an event of the box asks for.

    Attributes:
        text: as typed.
        parsed: everything the text says.
        removed: fields of the spec whose chips were removed.
        tap: (x, y) in [0, 1] from the picture's top left, the last tap on a picture; None when there is none.
        region: such points of a line around what should be sharp, in place of a tap; empty when there is none.
        uses_mask: whether the mask that was brought says what should be sharp.
        position: stack position the viewer shows; None when it shows none.
        quiet: whether the viewer stays as it is: the text is from before its picture.
        number: counts the requests of this page.
    """

    text: str
    parsed: BokehSpec
    removed: tuple[str, ...] = ()
    tap: tuple[float, float] | None = None
    region: tuple[tuple[float, float], ...] = ()
    uses_mask: bool = False
    position: float | None = None
    quiet: bool = False
    number: int = 0

    @classmethod
    def of(cls, event: PageEvent) -> "PromptRequest":
        """What an event of the box carries. Raises BadInput when the box did not send it."""
        try:
            x, y = event.x, event.y
            tap = None if x is None or y is None else (_share(x), _share(y))
            region = tuple((_share(x), _share(y)) for x, y in (event.region or ())[:_MAX_POINTS])
            text, removed = str(event.text), tuple(map(str, event.left_out))
            uses_mask, quiet = bool(event.mask), bool(event.quiet)
            position = None if event.position is None else event.real("position")
            return cls(text, parse_prompt(text), removed, tap, region, uses_mask, position, quiet, int(event.asked))
        except (OverflowError, TypeError, ValueError) as error:
            raise BadInput("The page sent something other than a prompt.", todo="Reload the page.") from error

    @property
    def places(self) -> bool:
        """Whether the user pointed to what should be sharp."""
        return self.tap is not None or bool(self.region) or self.uses_mask

    def spec(self) -> BokehSpec:
        """What the text says without the removed chips."""
        spec = self.parsed
        for field in self.removed:
            spec = spec.without(field)
        return spec

    def answer(self, found: str, *, sure: bool) -> dict[str, Any]:
        """The box's value: what was understood and found.

        Args:
            found: where the focus is, a sentence for each place; "" when the text names none.
            sure: False when that is a guess the user should check.
        """
        return {
            "asked": self.number,
            "chips": [{"field": chip.field, "label": chip.label} for chip in self.parsed.chips()],
            "ignored": list(self.parsed.ignored),
            "found": found,
            "sure": sure,
        }


def _share(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError
    return min(max(float(value), 0.0), 1.0)


class PromptBox(PageComponent):
    """The box. Disabled until its prop `stack` is set; its value is `PromptRequest.answer`.

    Events:
        understand: the text or a chip changed; carries what `PromptRequest.of` reads.
        apply: the picture is to be rendered; carries the same.

    Props:
        stack: a new text for each stack, "" for none.
        tapped: `{"x", "y", "apply"}`, the last tap on a picture; or `{"region": points}` or `{"mask": True}`.
        applied: set to a new value when the rendering has ended, also after a failure.
    """

    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"examples": list(EXAMPLES), "stack": "", "tapped": None, "applied": 0}
