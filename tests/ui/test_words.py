import string
from types import SimpleNamespace

import pytest

from refocus.engines import EngineSpec, Readiness
from refocus.ui.words import ENGLISH, LANGUAGES, label, language_of
from refocus.ui.words.sentences import engine_choice, engine_state

DREAM = EngineSpec("dream", "Dream", "Dreams the focus.", "Wants a GPU.")
PLAIN = EngineSpec("plain", "Plain", "Just renders.", "Runs anywhere.")
MISSING = Readiness(False, "its weights are not here.", "Download them.")
READY = Readiness(True)
SLOW = Readiness(True, only_by_name="without a GPU it takes about 5 hours")


def test_automatic_names_the_engine_it_takes() -> None:
    states = {"dream": (DREAM, MISSING), "plain": (PLAIN, READY)}
    assert engine_state("auto", states) == "Takes the best that is ready here: Plain."


def test_automatic_passes_over_what_runs_only_by_name() -> None:
    states = {"dream": (DREAM, SLOW), "plain": (PLAIN, READY)}
    assert "Plain" in engine_state("auto", states)
    assert "**Slow here:** without a GPU it takes about 5 hours." in engine_state("dream", states)


def test_what_is_missing_is_said_with_what_to_do() -> None:
    said = engine_state("dream", {"dream": (DREAM, MISSING)})
    assert "its weights are not here. Download them." in said


def test_a_choice_shows_its_state() -> None:
    assert engine_choice(PLAIN, READY) == "Plain"
    assert engine_choice(DREAM, MISSING) == "Dream (not ready)"
    assert engine_choice(DREAM, SLOW) == "Dream (slow here)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_names(language: str) -> None:
    words = LANGUAGES[language]
    assert list(words) == list(ENGLISH)
    for key, text in words.items():
        assert text.strip()
        assert names_in(text) == names_in(ENGLISH[key])


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("header", "language"), [("de-CH,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.5", "en"), ("tlh", "en"), ("", "en")]
)
def test_python_speaks_the_first_language_the_browser_asks_for(header: str, language: str) -> None:
    assert language_of(SimpleNamespace(headers={"accept-language": header})) == language  # type: ignore[arg-type]
    assert language_of(None) == "en"


def test_a_key_nobody_has_is_refused() -> None:
    with pytest.raises(KeyError):
        label("no such key")
