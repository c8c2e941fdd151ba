"""What an event of the page carries may come from any program."""

import math
from typing import Any

import pytest

from refocus.core import BadInput
from refocus.ui.components.page_component import PageEvent


@pytest.mark.parametrize("sent", [math.nan, math.inf, 2**70, [[0.5, 2**70]], {"x": [math.nan]}])
def test_numbers_that_no_answer_can_hold_are_refused(sent: Any) -> None:
    with pytest.raises(BadInput, match="'points'"):
        _ = PageEvent(None, {"points": sent}).points


@pytest.mark.parametrize("sent", [0, -3.5, None, True, "far", [[0.25, 0.5]], {"x": 1}])
def test_other_values_come_as_they_are(sent: Any) -> None:
    assert PageEvent(None, {"points": sent}).points == sent


def test_what_was_not_sent_is_named() -> None:
    with pytest.raises(BadInput, match="without 'points'"):
        _ = PageEvent(None, {}).points
