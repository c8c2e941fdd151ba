"""Text to tokens: marks are normalised, text is split into words, numbers and marks, misspelt words are corrected."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from refocus.prompts.vocabulary import MISSPELLINGS, word_list

MAX_CHARACTERS = 2_000
"""Longer prompts are read up to here, which `BokehSpec.ignored` then says."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒−", "-"),
        **dict.fromkeys("ƒƑ𝑓", "f"),
        **dict.fromkeys("–—―", ","),
        **dict.fromkeys("⁄∕", "/"),
        "→": " to ",
        "➜": " to ",
        "⟶": " to ",
        **dict.fromkeys("❤♥💗💖💕💓💘", " heart "),
        **dict.fromkeys("⭐★☆🌟", " star "),
        "½": ".5",
        "¼": ".25",
        "¾": ".75",
        "×": "x",
        "\r": "\n",
    }
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*\d{1,2}[.)]\s|\s\d{1,2}\)\s")
_ARROW = re.compile(r"[-=]+>")
_TOKEN = re.compile(
    r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<ordinal>\d+(?:[sS][tT]|[nN][dD]|[rR][dD]|[tT][hH])\b)"
    r"|(?P<number>\d+(?:\.\d+|,\d{1,2}(?!\d|\s?[mM][mM]))?|\.\d+)"
    r"|(?P<mark>\n|[^\w\s])"
)
_CLAUSE_MARKS = frozenset(".,;:!?()[]{}\n|•*·")


class Token(NamedTuple):
    """A word, number or mark.

    Attributes:
        kind: "word", "number" or "mark".
        text: lower case.
        start, end: its span in the plain text.
        glue: what joins it to the token before: "" for nothing, "-" for a hyphen, None for a space.
    """

    kind: str
    text: str
    start: int
    end: int
    glue: str | None

    @property
    def ends_clause(self) -> bool:
        """Whether a new clause begins after this mark."""
        return self.kind == "mark" and self.text in _CLAUSE_MARKS

    @property
    def is_symbol(self) -> bool:
        """Whether it is an emoji or a similar symbol, which has no meaning here."""
        return self.kind == "mark" and unicodedata.category(self.text) == "So"


def plain_text(text: str) -> str:
    """The text with typographic marks normalised; letters keep their case."""
    spaced = re.sub(r"(\d)\s?([½¼¾])", r"\1\2", text)
    plain = unicodedata.normalize("NFKC", spaced.translate(_PLAIN)).translate(_PLAIN)
    return _LIST_NUMBER.sub("\n", _ARROW.sub(" to ", plain))


def tokenise(plain: str) -> list[Token]:
    """Words, numbers and marks of plain text, in order. Hyphens between words become glue."""
    tokens: list[Token] = []
    end, glue = 0, None
    matches = list(_TOKEN.finditer(plain))
    for index, match in enumerate(matches):
        kind = "word" if match.lastgroup == "ordinal" else match.lastgroup or "mark"
        touches = match.start() == end and bool(tokens)
        joins = match.group() == "-" and touches and tokens[-1].kind != "mark"
        if joins and index + 1 < len(matches) and matches[index + 1].start() == match.end():
            glue, end = "-", match.end()
            continue
        tokens.append(Token(kind, match.group().lower(), match.start(), match.end(), glue or ("" if touches else None)))
        end, glue = match.end(), None
    return tokens


_MAIN_WORDS = word_list("correctable")
_REAL_WORDS = frozenset(word_list("real_words"))
_LONG = 9
"""Words of this length may have two wrong letters, shorter ones one."""


@lru_cache(maxsize=4096)
def correct(word: str) -> str:
    """The main word that a word probably misspells, or the word itself. It is lower case and unknown."""
    if word in MISSPELLINGS:
        return MISSPELLINGS[word]
    if len(word) < 5 or len(word) > 14 or word in _REAL_WORDS:
        return word
    index = _index()
    for key in (word, *_shorter(word)):
        for candidate in index.get(key, ()):
            if _near(word, candidate):
                return candidate
    return word


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """The main words by their deletion variants: the word without 0, 1 or (if long) 2 letters."""
    index: dict[str, tuple[str, ...]] = {}
    for word in _MAIN_WORDS:
        keys = {word, *_shorter(word)}
        if len(word) >= _LONG:
            keys |= {shorter for key in tuple(keys) for shorter in _shorter(key)}
        for key in keys:
            index[key] = (*index.get(key, ()), word)
    return index


def _shorter(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _near(word: str, main: str) -> bool:
    """Whether the first letters agree and the edit distance is at most 1, or 2 for long words."""
    return word[0] == main[0] and _edit_distance(word, main) <= (2 if len(main) >= _LONG else 1)


def _edit_distance(a: str, b: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other)))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
