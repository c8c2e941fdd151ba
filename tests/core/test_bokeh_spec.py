import json
from typing import Any

import pytest

from refocus.core import BadInput, BokehSpec, Chip

FIELDS = [
    "subject", "side", "focus", "rack", "f_number", "focal_length_mm", "focus_distance_m",
    "blur", "aperture", "highlights", "restore", "ignored",
]  # fmt: skip


def test_prints_the_fields_of_the_table() -> None:
    printed = json.loads(BokehSpec(rack=("cup", "window"), ignored=("zap",)).to_json())
    assert list(printed) == FIELDS
    assert printed["rack"] == ["cup", "window"]
    assert printed["subject"] is None


def test_describes_what_was_understood() -> None:
    spec = BokehSpec(subject="red car", side="left", f_number=1.4, aperture="heart")
    assert spec.describe() == "focus: red car, left · f/1.4 · heart"
    assert Chip("aperture", "heart") in spec.chips()
    assert BokehSpec().chips() == ()


def test_every_chip_can_be_taken_away() -> None:
    spec = BokehSpec(
        subject="dog", side="left", focus="background", rack=("a", "b"), rack_sides=("left", None), f_number=2,
        focal_length_mm=50, focus_distance_m=1, blur=0.5, aperture="star", highlights=0.3, restore="OPEN",
    )  # fmt: skip
    for chip in spec.chips():
        assert chip.field not in {other.field for other in spec.without(chip.field).chips()}
        spec = spec.without(chip.field)
    assert spec == BokehSpec()


def test_unknown_field_cannot_be_taken_away() -> None:
    with pytest.raises(BadInput) as caught:
        BokehSpec().without("colour")
    assert "colour" in caught.value.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"side": "up"},
        {"focus": "dog"},
        {"aperture": "banana"},
        {"f_number": 0},
        {"f_number": float("nan")},
        {"focal_length_mm": -1},
        {"focus_distance_m": 1e9},
        {"blur": 1.5},
        {"highlights": -0.1},
        {"rack": ("a", "b", "c")},
        {"rack_sides": ("up", None)},
    ],
)
def test_refuses_what_cannot_be(wrong: Any) -> None:
    with pytest.raises(BadInput):
        BokehSpec(**wrong)
