import pytest

from refocus.prompts import looks_in, parse_prompt, words_for_a_painter


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the sign says OPEN, cinematic", "the sign says OPEN, cinematic"),
        ("moody film look, focus on the woman", "moody film"),
        ("focus on the woman, f/1.4", None),
        ("frobnicate", None),
    ],
)
def test_what_a_painter_is_told(text: str, told: str | None) -> None:
    assert words_for_a_painter(parse_prompt(text)) == told


def test_looks_stay_among_what_a_lens_cannot_do() -> None:
    spec = parse_prompt("cinematic, frobnicate, focus on the dog")
    assert looks_in(spec) == ("cinematic",)
    assert spec.ignored == ("cinematic", "frobnicate")
