import pytest

from refocus.media.text import drawable, fitted, font, wrapped


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("ƒ/2 × 3", "f/2 x 3"), ("Größe, Übung", "Groesse, Uebung"), ("猫.jpg", "?.jpg"), ("a→b", "a>b")],
)
def test_what_the_font_lacks_is_written_with_what_it_has(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


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
