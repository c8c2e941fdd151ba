from dataclasses import dataclass
from typing import Any, Literal

import pytest

from refocus import Photo, RefocusPipeline
from refocus.core import BadInput
from refocus.core.settings import EVERY_ENGINE, THIN_LENS, VIDEO_DIFFUSION
from refocus.results.options import Option, Slider, check_options, option, options_of
from refocus.results.request import OPTIONS, RefocusRequest
from refocus.results.run_options import RUN_OPTIONS, options_used_by, page_options


@dataclass(frozen=True)
class Lens:
    """Options of every type."""

    blades: int | None = option(None, label="Blades", minimum=3, maximum=9, unset_word="auto")
    distortion: float = option(0.5, label="Distortion", template="{:g} %", minimum=0)
    mount: Literal["screw", "bayonet"] = option("screw", label="Mount", choice_labels={"screw": "Screw thread"})
    coated: bool = option(False, label="Coated")
    maker: str = option("", label="Maker")
    serial: str = "not an option"


LENS = options_of(Lens)


def test_what_the_field_tells_is_read_from_it() -> None:
    assert list(LENS) == ["blades", "distortion", "mount", "coated", "maker"]
    assert [declared.value_type for declared in LENS.values()] == [int, float, str, bool, str]
    assert [declared.optional for declared in LENS.values()] == [True, False, False, False, False]
    assert [declared.default for declared in LENS.values()] == [None, 0.5, "screw", False, ""]
    assert LENS["mount"].labelled_choices == [("Screw thread", "screw"), ("bayonet", "bayonet")]
    assert OPTIONS["long_side"].flag == "--long-side"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("blades", 2, "The blades 2 is not possible. Choose a whole number, 3 to 9."),
        ("blades", 3.5, "The blades 3.5 is not possible. Choose a whole number, 3 to 9."),
        ("blades", True, "The blades True is not possible. Choose a whole number, 3 to 9."),
        ("distortion", -1, "The distortion -1 % is not possible. Choose 0 % or more."),
        ("distortion", "x", "The distortion 'x' is not possible. Choose 0 % or more."),
        ("distortion", None, "The distortion None is not possible. Choose 0 % or more."),
        ("mount", "glue", "There is no mount 'glue'. Choose one of: screw, bayonet."),
        ("coated", "yes", "The coated 'yes' is not possible. Choose true or false."),
        ("maker", 3, "The maker 3 is not possible. Choose a text."),
    ],
)
def test_impossible_values_are_refused_with_what_is_allowed(name: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_options(Lens(**{name: value}), LENS)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("blades", "7", 7),
        ("blades", 7.0, 7),
        ("blades", "auto", None),
        ("blades", " ", None),
        ("distortion", "1,5", 1.5),
        ("distortion", "", 0.5),
        ("coated", "true", True),
        ("coated", "0", False),
        ("mount", "bayonet", "bayonet"),
    ],
)
def test_texts_and_numbers_of_a_browser_are_read(name: str, sent: Any, value: Any) -> None:
    read = LENS[name].read(sent)
    assert (read, type(read)) == (value, type(value))


def test_a_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadInput, match="Blades = 'many' is not a number"):
        LENS["blades"].read("many")


def test_every_option_accepts_its_default_and_what_its_slider_offers() -> None:
    for declared in (*OPTIONS.values(), *RUN_OPTIONS.values()):
        if declared.value_type in (int, float, bool, str):
            declared.check(declared.default)
        for shown in (declared.slider, declared.shown):
            for value in (shown.minimum, shown.maximum) if isinstance(shown, Slider) else (shown,):
                declared.check(declared.value_type(value) if value is not None else declared.default)
        assert declared.label
        assert declared.help
        assert not declared.help.endswith(".")


def test_each_engine_uses_the_options_that_name_it() -> None:
    specs = {engine.spec.name: engine.spec for engine in RefocusPipeline().engines}
    assert specs.keys() == EVERY_ENGINE
    for name, spec in specs.items():
        lacking = options_used_by(name) - spec.options
        assert lacking == (
            {"more_photos", "more_positions"} if name == VIDEO_DIFFUSION else set()
        )  # until weights come
    assert {"frames", "depth"} <= specs[THIN_LENS].options
    assert "frames" not in specs[VIDEO_DIFFUSION].options
    assert specs[VIDEO_DIFFUSION].for_pictures == {
        "blur",
        "f_number",
        "k",
        "aperture",
    }


def test_page_api_and_links_have_every_option_meant_for_them() -> None:
    every: dict[str, Option] = {**RUN_OPTIONS, **OPTIONS}
    assert page_options().keys() == {name for name, declared in every.items() if declared.on_page}


def test_an_option_that_does_not_exist_is_refused_by_its_name(two_planes: Photo) -> None:
    with pytest.raises(BadInput, match="There is no option blurr"):
        RefocusPipeline().refocus(two_planes, blurr=0.5)


def test_options_replace_those_of_the_request(two_planes: Photo) -> None:
    request = RefocusRequest(frames=3, f_number=2, sharp=True)
    result = RefocusPipeline().refocus(two_planes, request, engine="thin-lens", blur=0.2, frames=4)
    assert result.request == RefocusRequest(frames=4, blur=0.2, sharp=True)


@pytest.mark.parametrize(("value", "written"), [(10**400, "100000…"), (-(10**400), "-10000…"), (3.0, "3.0"), (2, "2")])
def test_a_number_that_is_not_possible_is_written_as_it_was_given(value: float, written: str) -> None:
    with pytest.raises(BadInput, match=f"The blades {written} is not possible. Choose a whole number, 3 to 9"):
        LENS["blades"].check(value)
    with pytest.raises(BadInput, match="The number of frames 100000… is not possible"):
        RefocusRequest(frames=10**400)
