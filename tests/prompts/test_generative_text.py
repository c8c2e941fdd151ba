import pytest

from refocus.prompts import generative_prompt, look_words, parse_prompt


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("the sign says OPEN, cinematic", "the sign says OPEN, cinematic"),
        ("moody film look, focus on the woman", "moody film"),
        ("focus on the woman, f/1.4", None),
        ("frobnicate", None),
    ],
)
def test_prompt_for_the_generative_engine(text: str, prompt: str | None) -> None:
    assert generative_prompt(parse_prompt(text)) == prompt


def test_look_words_stay_among_the_ignored() -> None:
    spec = parse_prompt("cinematic, frobnicate, focus on the dog")
    assert look_words(spec) == ("cinematic",)
    assert spec.ignored == ("cinematic", "frobnicate")
