import pytest

from refocus.models.generative_refocus.network_specs import DEBLUR_NET, with_words


@pytest.mark.parametrize("words", [None, "", "  "])
def test_without_words_the_prompt_is_the_trained_one(words: str | None) -> None:
    assert with_words(DEBLUR_NET.prompt, words) == "a sharp photo with everything in focus"


def test_words_are_added_to_the_prompt() -> None:
    assert with_words(DEBLUR_NET.prompt, " the sign says OPEN ") == f"{DEBLUR_NET.prompt}, the sign says OPEN"
