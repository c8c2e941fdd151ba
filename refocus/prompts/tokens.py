"""Text to tokens: typographic marks are normalised, then the text is split into words, numbers and marks."""

import re
import unicodedata
from typing import NamedTuple

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
