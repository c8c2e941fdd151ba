"""Text on pictures, in Pillow's built-in font or in a font of the system that has the characters."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

# Files that Pillow looks for in the system's folders of fonts; the first that has all characters of a text is used.
SYSTEM_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "segoeui.ttf",
    "NotoSansCJK-Regular.ttc", "SourceHanSans-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf",
    "Arial Unicode.ttf", "PingFang.ttc", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "msjh.ttc",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf", "LeelawUI.ttf", "Nirmala.ttc", "Nirmala.ttf", "NotoEmoji-Regular.ttf", "seguiemj.ttf",
    "FreeSans.ttf", "unifont.otf",
)  # fmt: skip
_REPLACEMENTS = str.maketrans("×ƒ→–—ø", "xf>--o") | str.maketrans(
    {"≤": "<=", "≥": ">=", "ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "æ": "ae"}
)
_NO_CHARACTER = "\uffff"  # drawn as what a font shows for characters that it lacks
_PROBE_PX = 20
ELLIPSIS = "..."


def font(size_px: int, text: str = "") -> FreeTypeFont:
    """The font for a text, at a size in pixels: the built-in one unless it lacks a character that another one has."""
    return _font(_file_for(_plain(text)), size_px)


def drawable(text: str) -> str:
    """Replace characters that no font here has: accents are dropped, symbols spelled out, others become "?"."""
    plain = _plain(text)
    file = _file_for(plain)
    return "".join(letter if _has(file, letter) else _spelled(file, letter) for letter in plain)


def undrawable_note(texts: Iterable[str]) -> str:
    """A note on texts in whose place "?" is drawn; empty when there are none."""
    named = [text for text in dict.fromkeys(texts) if drawable(text).count("?") > _plain(text).count("?")]
    if not named:
        return ""
    return (
        f"No font here has all characters of {', '.join(named)}: “?” stands for them in the picture. "
        "Install a font that has them, such as Noto Sans."
    )


def _plain(text: str) -> str:
    """Composed letters only, and what cannot be printed as "?"; marks that change the direction are left out."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
    return "".join(letter if letter.isprintable() else "?" for letter in visible)


def _spelled(file: str, letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter.translate(_REPLACEMENTS))
    return "".join(part if _has(file, part) else "?" for part in parts if not unicodedata.combining(part))


@lru_cache(maxsize=256)
def _file_for(text: str) -> str:
    """The file of the first font that has all characters of a text; the one that lacks fewest when there is none."""
    fewest, best = len(text) + 1, ""
    for file in ("", *SYSTEM_FONTS):
        lacking = sum(not _has(file, letter) for letter in text)
        if lacking < fewest:
            fewest, best = lacking, file
        if not lacking:
            break
    return best


@lru_cache(maxsize=64)
def _font(file: str, size_px: int) -> FreeTypeFont:
    """A font by its file; "" is the built-in one. Raises OSError when the system has no such file."""
    found = ImageFont.truetype(file, size_px) if file else ImageFont.load_default(size_px)
    if not isinstance(found, FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


@lru_cache(maxsize=4096)
def _has(file: str, letter: str) -> bool:
    if not _is_here(file):
        return False
    letters = _font(file, _PROBE_PX)
    return letter.isspace() or _shape(letters, letter) != _shape(letters, _NO_CHARACTER)


@lru_cache(maxsize=len(SYSTEM_FONTS) + 1)
def _is_here(file: str) -> bool:
    try:
        _font(file, _PROBE_PX)
    except OSError:
        return False
    return True


def _shape(letters: FreeTypeFont, letter: str) -> tuple[object, bytes]:
    mask = letters.getmask(letter)
    return mask.size, bytes(mask)


def fitted(text: str, size_px: int, width_px: float) -> str:
    """The drawable text, truncated with "..." to a width."""
    text = drawable(text)
    if font(size_px, text).getlength(text) <= width_px:
        return text
    while text and font(size_px, text).getlength(text + ELLIPSIS) > width_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def wrapped(text: str, size_px: int, width_px: float, *, most_lines: int) -> list[str]:
    """The drawable text, wrapped to a width (long words too) and truncated to a number of lines."""
    text = drawable(text)
    letters = font(size_px, text)
    lines: list[str] = []
    words = [piece for word in text.split() for piece in _pieces(word, letters, width_px)]
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
