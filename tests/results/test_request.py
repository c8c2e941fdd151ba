import pytest

from refocus.core import BadInput
from refocus.results import RefocusRequest


def test_without_strength_or_f_number_the_blur_is_the_default() -> None:
    assert RefocusRequest().blur == 0.6
    assert RefocusRequest(f_number=2.8).blur is None
    assert RefocusRequest(k=0.0).blur is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"blur": 1.5}, "0 to 1"),
        ({"blur": -0.1}, "0 to 1"),
        ({"blur": float("nan")}, "0 to 1"),
        ({"f_number": 0}, "f/0.5 to f/128"),
        ({"f_number": 999999}, "f/0.5 to f/128"),
        ({"blur": 0.5, "f_number": 2}, "one of them"),
        ({"blur": 0.5, "k": 20}, "one of them"),
        ({"k": -1}, "0 to 10000"),
        ({"k": float("nan")}, "0 to 10000"),
        ({"frames": 2}, "3 to 33"),
        ({"frames": 34}, "3 to 33"),
        ({"long_side": 10}, "64 px or more"),
        ({"more_positions": "4,9"}, "0 to 8, such as 4,8"),
        ({"more_positions": "near"}, "The positions 'near' are not possible"),
        ({"aperture": "cat"}, "circle"),
        ({"seed": -1}, "0 to"),
        ({"seed": 0.5}, "whole number"),
        ({"steps": 0}, "1 to 1000"),
        ({"input_position": 9}, "0 to 8"),
        ({"input_position": -1}, "0 to 8"),
        ({"input_position": 3.5}, "whole number"),
        ({"guidance": -0.5}, "0 to 10"),
        ({"guidance": float("nan")}, "0 to 10"),
        ({"decode_overlap": 8}, "0 to 7"),
    ],
)
def test_impossible_requests_are_refused_with_the_range(asked: dict, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        RefocusRequest(**asked)
    assert said in str(caught.value)
