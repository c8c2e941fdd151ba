import unicodedata
from collections.abc import Iterator

import pytest

from refocus.media import text as text_module
from refocus.media.text import drawable, fitted, font, undrawable_note, wrapped


@pytest.fixture
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    text_module._file_for.cache_clear()
    monkeypatch.setattr(text_module, "SYSTEM_FONTS", ())
    yield
    text_module._file_for.cache_clear()


@pytest.mark.usefixtures("no_system_fonts")
@pytest.mark.parametrize(
    ("text", "drawn"),
    [("ƒ/2 × 3", "f/2 x 3"), ("Größe, Übung", "Groesse, Uebung"), ("猫.jpg", "?.jpg"), ("a→b", "a>b")],
)
def test_what_no_font_has_is_written_with_what_there_is(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


@pytest.mark.usefixtures("no_system_fonts")
def test_texts_that_no_font_has_are_named_once() -> None:
    note = undrawable_note(["猫", "what?", "Größe", "猫", "Кот"])
    assert note.startswith("No font here has all characters of 猫, Кот: ")
    assert undrawable_note(["what?", "Größe"]) == ""


@pytest.mark.parametrize("text", ["Кот", "Ελλάδα", "café → ƒ/2", "e\u0301"])
def test_a_font_of_the_system_is_used_where_it_has_the_characters(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    if drawable(text) != composed:
        pytest.skip("no font here has these characters")
    assert font(20, text).getname() != font(20).getname()
    assert font(20, "plain") is font(20)
    assert undrawable_note([text]) == ""


@pytest.mark.parametrize("text", ["caf\udce9", "a\x00b", "a\u202eb", "\n"])
def test_what_cannot_be_printed_is_drawable_too(text: str) -> None:
    drawn = drawable(text)
    assert drawn.isprintable()
    assert font(20, text).getlength(drawn) > 0


def test_text_is_cut_to_its_room() -> None:
    cut = fitted("a heading that is far too long for it", 20, 120)
    assert cut.endswith("...")
    assert font(20).getlength(cut) <= 120
    assert fitted("short", 20, 120) == "short"


def test_text_is_broken_into_lines_and_the_last_one_cut() -> None:
    text = "one two three four five six seven eight nine ten"
    assert " ".join(wrapped(text, 20, 150, most_lines=20)) == text
    lines = wrapped(text, 20, 150, most_lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("...")
    assert all(font(20).getlength(line) <= 150 for line in lines)
    assert wrapped("", 20, 100, most_lines=3) == []


def test_a_word_too_long_for_a_line_is_broken_and_nothing_of_it_lost() -> None:
    address = "https://example.org/a/very/long/address"
    lines = wrapped(f"see {address} there", 20, 150, most_lines=20)
    assert "".join(lines).replace(" ", "") == f"see{address}there"
    assert all(font(20).getlength(line) <= 150 for line in lines)
    assert wrapped("wide", 20, 1, most_lines=9) != []
