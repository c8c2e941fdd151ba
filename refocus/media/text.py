"""Text on pictures in Pillow's built-in font, with replacements for characters that it lacks."""

import unicodedata
from functools import lru_cache

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

_REPLACEMENTS = str.maketrans("×ƒ→–—ø", "xf>--o") | str.maketrans(
    {"≤": "<=", "≥": ">=", "ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "æ": "ae"}
)
ELLIPSIS = "..."


@lru_cache(maxsize=16)
def font(size_px: int) -> FreeTypeFont:
    """The font at a size in pixels."""
    found = ImageFont.load_default(size_px)
    if not isinstance(found, FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


def drawable(text: str) -> str:
    """Replace characters that the font lacks: accents are dropped, symbols spelled out, others become "?"."""
    plain = unicodedata.normalize("NFKD", text.translate(_REPLACEMENTS))
    return "".join(
        letter if letter.isascii() or letter in "·°“”" else "?" for letter in plain if not unicodedata.combining(letter)
    )


def fitted(text: str, size_px: int, width_px: float) -> str:
    """The drawable text, truncated with "..." to a width."""
    text = drawable(text)
    letters = font(size_px)
    if letters.getlength(text) <= width_px:
        return text
    while text and letters.getlength(text + ELLIPSIS) > width_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def wrapped(text: str, size_px: int, width_px: float, *, most_lines: int) -> list[str]:
    """The drawable text, wrapped to a width (long words too) and truncated to a number of lines."""
    letters = font(size_px)
    lines: list[str] = []
    words = [piece for word in drawable(text).split() for piece in _pieces(word, letters, width_px)]
    while words and len(lines) < most_lines:
        line = words.pop(0)
        while words and letters.getlength(f"{line} {words[0]}") <= width_px:
            line = f"{line} {words.pop(0)}"
        if words and len(lines) == most_lines - 1:
            line = " ".join([line, *words])
        lines.append(fitted(line, size_px, width_px))
    return lines


def _pieces(word: str, letters: FreeTypeFont, width_px: float) -> list[str]:
    """A word, split into pieces of at most a width."""
    pieces = []
    while len(word) > 1 and letters.getlength(word) > width_px:
        end = next(end for end in range(len(word) - 1, 0, -1) if end == 1 or letters.getlength(word[:end]) <= width_px)
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]
