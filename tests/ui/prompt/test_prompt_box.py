import math

import pytest

from refocus.core import BadInput
from refocus.prompts import parse_prompt
from refocus.ui.components.page_component import PageEvent
from refocus.ui.prompt.prompt_box import EXAMPLES, PromptRequest


def event(**sent: object) -> PageEvent:
    """What gradio hands to a handler."""
    nothing: dict[str, object] = {
        "text": "",
        "left_out": [],
        "x": None,
        "y": None,
        "region": None,
        "mask": False,
        "position": None,
        "asked": 1,
        "quiet": False,
    }
    return PageEvent(None, nothing | sent)


def test_removed_chips_do_not_count() -> None:
    asked = PromptRequest.of(event(text="focus on the red car on the left, f/1.4", left_out=["subject"]))
    assert asked.parsed.subject == "red car"
    assert (asked.spec().subject, asked.spec().side, asked.spec().f_number) == (None, None, 1.4)


def test_a_tap_is_kept_inside_the_picture() -> None:
    assert PromptRequest.of(event(x=-0.1, y=1.5)).tap == (0.0, 1.0)
    assert PromptRequest.of(event(x=0.25, y=0.5)).tap == (0.25, 0.5)
    assert PromptRequest.of(event(x=0.5)).tap is None


@pytest.mark.parametrize(
    "sent",
    [
        {"left_out": None},
        {"x": "left", "y": 0},
        {"asked": "now"},
        {"x": math.nan, "y": 0.5},
        {"asked": math.inf},
        {"position": math.nan},
    ],
)
def test_other_events_are_refused(sent: dict) -> None:
    with pytest.raises(BadInput):
        PromptRequest.of(event(**sent))


@pytest.mark.parametrize("sent", [None, 3, "text", ["text"], {}, {"text": ""}])
def test_what_is_no_prompt_at_all_is_refused(sent: object) -> None:
    with pytest.raises(BadInput, match="something other than a prompt"):
        PromptRequest.of(PageEvent(None, sent))


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(BadInput):
        PromptRequest.of(event(text="f/2", left_out=["colour"])).spec()


def test_the_answer_shows_all_chips_and_what_was_not_understood() -> None:
    asked = PromptRequest.of(event(text="focus on the red car, f/1.4, zorgle", left_out=["f_number"], asked=7))
    given = asked.answer("Found it.", sure=False)
    assert given["chips"] == [
        {"field": "subject", "label": "focus: red car"},
        {"field": "f_number", "label": "f/1.4"},
    ]
    assert (given["ignored"], given["asked"], given["found"], given["sure"]) == (["zorgle"], 7, "Found it.", False)


def test_every_example_is_wholly_understood() -> None:
    for text in EXAMPLES:
        spec = parse_prompt(text)
        assert spec.ignored == ()
        assert spec.chips()
