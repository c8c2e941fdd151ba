from types import SimpleNamespace
from typing import Any

import pytest

from refocus.core import BadInput
from refocus.prompts import parse_prompt
from refocus.ui.prompt.prompt_box import EXAMPLES, Asked, answer


def event(**sent: object) -> Any:
    """What gradio hands to a handler."""
    return SimpleNamespace(**{"text": "", "left_out": [], "x": None, "y": None, "asked": 1, **sent})


def test_chips_taken_away_count_no_more() -> None:
    asked = Asked.of(event(text="focus on the red car on the left, f/1.4", left_out=["subject"]))
    assert asked.whole().subject == "red car"
    assert (asked.spec().subject, asked.spec().side, asked.spec().f_number) == (None, None, 1.4)


def test_a_tap_is_kept_inside_the_picture() -> None:
    assert Asked.of(event(x=-0.1, y=1.5)).tap == (0.0, 1.0)
    assert Asked.of(event(x=0.25, y=0.5)).tap == (0.25, 0.5)
    assert Asked.of(event(x=0.5)).tap is None


@pytest.mark.parametrize("sent", [{"left_out": None}, {"x": "left", "y": 0}, {"asked": "now"}])
def test_what_is_no_question_is_refused(sent: dict) -> None:
    with pytest.raises(BadInput):
        Asked.of(event(**sent))


def test_a_field_nobody_has_is_refused() -> None:
    with pytest.raises(BadInput):
        Asked("f/2", left_out=("colour",)).spec()


def test_the_answer_shows_all_chips_and_what_was_not_understood() -> None:
    given = answer(Asked("focus on the red car, f/1.4, zorgle", ("f_number",), number=7), "Found it.", sure=False)
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
