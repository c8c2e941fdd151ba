import math

import pytest

from refocus.core import BadInput
from refocus.ui.controls.control_values import (
    START_VALUES,
    control_values,
    long_side_px,
    request_of,
    values_from_query,
)


def test_values_from_the_browser_get_the_options_type() -> None:
    values = control_values({"frames": 5.0, "blur": 0.4, "seed": None, "depth": "map.npy", "input_position": 3.0})
    assert values == {**START_VALUES, "frames": 5, "blur": 0.4, "depth": "map.npy", "input_position": 3}
    assert isinstance(values["frames"], int)


@pytest.mark.parametrize("given", [math.nan, math.inf, -5.0, "wide", [768], 10**400, True])
def test_a_long_side_that_is_none_gets_a_sentence(given: object) -> None:
    with pytest.raises(BadInput, match=r"(?i)long side"):
        long_side_px(given)


def test_a_long_side_may_be_left_out() -> None:
    assert (long_side_px(None), long_side_px(""), long_side_px(768.0), long_side_px("768")) == (1024, 1024, 768, 768)


def test_a_request_holds_the_options_of_the_engine() -> None:
    values = control_values({"frames": 5, "blur": 0.4, "seed": 7})
    request = request_of(values, frozenset({"blur", "seed", "depth"}))
    assert (request.blur, request.seed, request.frames) == (0.4, 7, 9)
    with pytest.raises(BadInput):
        request_of(control_values({"frames": 99}), frozenset({"frames"}))


def test_a_link_sets_what_it_names_and_no_file() -> None:
    query = {"blur": "0.8", "sharp": "True", "frames": "17", "aperture": "heart", "depth": "/etc/passwd", "x": "y"}
    assert values_from_query(query) == {"blur": 0.8, "sharp": True, "frames": 17, "aperture": "heart"}


@pytest.mark.parametrize("query", [{"frames": "many"}, {"frames": "99"}, {"depth_is": "x"}, {"aperture": "spoon"}])
def test_a_link_with_an_impossible_value_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        values_from_query(query)


def test_a_prompt_goes_to_an_engine_with_that_option() -> None:
    values = control_values({"restore": "the sign says OPEN"})
    assert request_of(values, frozenset({"restore"})).restore == "the sign says OPEN"
    assert request_of(values, frozenset()).restore is None
    assert control_values({"restore": ""})["restore"] is None


def test_k_wins_over_the_blur_strength() -> None:
    options = frozenset({"blur", "k"})
    request = request_of(control_values({"k": "20", "blur": "0.8"}), options)
    assert (request.k, request.blur) == (20.0, None)
    for empty in (None, ""):
        assert request_of(control_values({"k": empty}), options).blur == 0.6
    assert request_of(control_values({"k": " 20,5 "}), options).k == 20.5
    for no_blur in (0, "0"):
        request = request_of(control_values({"k": no_blur}), options)
        assert (request.k, request.blur) == (0, None)
    with pytest.raises(BadInput, match="K = 'much' is not a number"):
        control_values({"k": "much"})
    assert request_of(control_values({"k": 20.0, "blur": 0.3}), frozenset({"blur"})).blur == 0.3
