import json
import random
import string
from pathlib import Path
from typing import Any

import pytest

from refocus.core import BadInput, BokehSpec
from refocus.prompts.parser import parse_prompt
from tests.prompts.expectations import LISTS, load_cases, wrong_fields
from tests.reference import reference

PROMPTS = [case["prompt"] for path in LISTS for case in load_cases(path)]


@pytest.mark.parametrize("path", LISTS, ids=[path.stem for path in LISTS])
def test_every_prompt_of_a_list(path: Path) -> None:
    changed = {}
    for case in load_cases(path):
        wrong = wrong_fields(parse_prompt(case["prompt"]), case["expect"])
        if wrong != case.get("known_wrong", {}):
            changed[case["prompt"]] = wrong
    assert changed == {}


def test_published_examples() -> None:
    wrong = {}
    for case in json.loads(reference("prompts.json").read_text("utf-8")):
        fields = wrong_fields(parse_prompt(case["prompt"]), case["expect"], listed_only=True)
        if fields:
            wrong[case["prompt"]] = fields
    assert wrong == {}


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "!?", "enhance please"])
def test_text_without_instructions_gives_an_empty_spec(text: str) -> None:
    assert parse_prompt(text).describe() == ""


def test_unknown_words_are_listed() -> None:
    assert parse_prompt("focus on the dog, frobnicate").ignored == ("frobnicate",)


@pytest.mark.parametrize("value", [None, 3, b"blur", ["blur"]])
def test_only_text_is_a_prompt(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_prompt(value)  # type: ignore[arg-type]
    assert "text" in caught.value.message


def test_text_beyond_the_limit_is_listed_as_ignored() -> None:
    spec = parse_prompt("focus on the dog. " + "la " * 800)
    assert spec.subject == "dog"
    assert any("2000" in note for note in spec.ignored)


@pytest.mark.parametrize("text", ["f/0", "f/999999", "f/-2", "0 mm", "focus at 0 m", "focus at -3 m", "99 blades"])
def test_impossible_numbers_are_ignored_and_listed(text: str) -> None:
    spec = parse_prompt(text)
    assert spec.describe() == ""
    assert spec.ignored


@pytest.mark.parametrize(
    "text", ["f/1.4", "f1.4", "F 1.4", "ƒ/1.4", "f:1.4", "f/1,4", "1.4 aperture", "aperture of 1.4", "f one point four"]
)
def test_spellings_of_an_f_number(text: str) -> None:
    assert parse_prompt(text).f_number == 1.4


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("focus 150 cm away", 1.5),
        ("focus at one and a half metres", 1.5),
        ("focus at 1½ m", 1.5),
        ("focus at 1,5 m", 1.5),
        ("focus 1500 mm away", 1.5),
        ("ten feet away", 3.048),
        ("focus at 5 ft 6 inches", 1.6764),
        ("two yards away", 1.8288),
    ],
)
def test_units_of_distance(text: str, metres: float) -> None:
    assert parse_prompt(text).focus_distance_m == pytest.approx(metres, abs=1e-3)


def test_stronger_words_blur_more() -> None:
    words = ("no blur", "barely any blur", "slight blur", "medium blur", "blur it", "strong blur", "extreme blur")
    amounts: list[Any] = [parse_prompt(text).blur for text in words]
    assert amounts == sorted(set(amounts))
    assert (amounts[0], amounts[-1]) == (0, 1)


@pytest.mark.parametrize(("blurred", "sharp"), [("background", "foreground"), ("foreground", "background")])
def test_blurring_one_place_focuses_the_other(blurred: str, sharp: str) -> None:
    for text in (
        f"blur the {blurred}",
        f"{blurred} blurry",
        f"the {blurred} should be out of focus",
        f"{blurred} blur",
    ):
        assert (text, parse_prompt(text).focus) == (text, sharp)
    assert parse_prompt(f"don't blur the {blurred}").focus == blurred


def test_shape_words_can_name_things() -> None:
    assert parse_prompt("focus on the heart").aperture is None
    assert parse_prompt("heart bokeh").aperture == "heart"
    assert (
        parse_prompt("focus on the cat's eye, cat's eye bokeh").to_dict().items()
        >= {
            "subject": "cat's eye",
            "aperture": "cat_eye",
        }.items()
    )


def test_nouns_are_not_corrected() -> None:
    for noun in ("shark", "string lights", "clock", "hearth", "cream", "crocus"):
        assert parse_prompt(f"focus on the {noun}").subject == noun


def test_sides_of_both_ends_of_a_pull() -> None:
    spec = parse_prompt("rack focus from the man on the left to the man on the right")
    assert (spec.rack, spec.rack_sides) == (("man", "man"), ("left", "right"))


def test_sign_text_keeps_its_case() -> None:
    assert parse_prompt("the sign says OPEN, f/2").restore == "the sign says OPEN"


def _without_letters_of_the_user(spec: BokehSpec) -> dict[str, object]:
    return {name: value for name, value in spec.to_dict().items() if name not in ("restore", "ignored")}


def test_case_does_not_matter() -> None:
    for text in PROMPTS:
        assert _without_letters_of_the_user(parse_prompt(text.upper())) == _without_letters_of_the_user(
            parse_prompt(text)
        )


def test_spaces_and_a_final_mark_do_not_matter() -> None:
    for text in PROMPTS:
        wanted = _without_letters_of_the_user(parse_prompt(text))
        for other in (f"  {text} ", text + " !!!", text.replace(" ", "  ")):
            assert _without_letters_of_the_user(parse_prompt(other)) == wanted


def test_any_text_is_read() -> None:
    random_text = random.Random(11)
    ranges = ((32, 127), (32, 0x2FF), (32, 0x2FFF), (0x1F000, 0x1FAFF), (0, 0x10FFFF))
    for round_number in range(200):
        low, high = ranges[round_number % len(ranges)]
        text = "".join(chr(random_text.randint(low, high)) for _ in range(random_text.randint(0, 2000)))
        assert isinstance(parse_prompt(text), BokehSpec)


def test_any_mix_of_known_words_is_read() -> None:
    mixed = random.Random(12)
    words = [word for text in PROMPTS for word in text.split()] + list(string.punctuation)
    for _ in range(300):
        assert isinstance(parse_prompt(" ".join(mixed.choices(words, k=mixed.randint(1, 60)))), BokehSpec)


def test_the_same_text_gives_the_same_spec() -> None:
    for text in PROMPTS:
        assert parse_prompt(text) == parse_prompt(text)


@pytest.mark.parametrize(
    "text",
    [
        "focus on the red car on the left at f/1.4, heart-shaped bokeh",
        "blur the background strongly",
        "rack focus from the cup to the window",
        "everything in focus",
        "anamorphic, glowing lights, 85mm",
        "focus at 1.5 m",
        "no blur",
    ],
)
def test_chip_labels_parse_to_the_same_spec(text: str) -> None:
    spec = parse_prompt(text)
    again = parse_prompt("; ".join(chip.label for chip in spec.chips()))
    assert _without_letters_of_the_user(again) == _without_letters_of_the_user(spec)


def test_emoji_of_hearts_are_read_and_others_ignored() -> None:
    assert parse_prompt("❤️ bokeh").aperture == "heart"
    assert parse_prompt("focus on the dog 🐶🙂🙂").ignored == ("🐶", "🙂")
    assert parse_prompt("focus on the dog 🐶").subject == "dog"
