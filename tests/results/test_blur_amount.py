import pytest

from refocus.core import BadInput
from refocus.results import RefocusRequest
from refocus.results.blur_amount import BlurAmount, BlurUnit


@pytest.mark.parametrize(("unit", "value"), [("blur", 0.3), ("f_number", 2.8), ("k", 20.0)])
def test_one_amount_and_its_three_options_stand_for_each_other(unit: BlurUnit, value: float) -> None:
    amount = BlurAmount.from_options(**{unit: value})
    assert amount == BlurAmount(unit, value)
    assert amount.to_options() == {"blur": None, "f_number": None, "k": None, unit: value}
    assert RefocusRequest.from_options({unit: value}).blur_amount == amount


def test_without_any_option_there_is_no_amount() -> None:
    assert BlurAmount.from_options() is None


@pytest.mark.parametrize("options", [{"blur": 0.5, "f_number": 2}, {"blur": 0.5, "k": 0}, {"f_number": 2, "k": 20}])
def test_two_units_at_once_are_refused(options: dict) -> None:
    with pytest.raises(BadInput, match="Give one of them"):
        BlurAmount.from_options(**options)


@pytest.mark.parametrize(
    ("unit", "value", "allowed"),
    [("blur", 2, "0 to 1"), ("f_number", 0, "f/0.5 to f/128"), ("k", -1, "0 to 10000"), ("k", float("nan"), "0 to")],
)
def test_values_out_of_range_are_refused_with_the_range(unit: BlurUnit, value: float, allowed: str) -> None:
    with pytest.raises(BadInput, match=allowed):
        BlurAmount(unit, value)


@pytest.mark.parametrize(("unit", "value", "is_none"), [("blur", 0, True), ("k", 0, True), ("f_number", 128, False)])
def test_no_blur(unit: BlurUnit, value: float, is_none: bool) -> None:
    assert BlurAmount(unit, value).is_none == is_none


def test_another_amount_replaces_that_of_a_request() -> None:
    assert RefocusRequest(f_number=2).with_options({"k": 20}).blur_amount == BlurAmount("k", 20)
    assert RefocusRequest(k=20).with_options({"frames": 5}).blur_amount == BlurAmount("k", 20)
