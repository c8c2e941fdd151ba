"""Tokens to terms: each phrase of the vocabulary becomes one term, and ambiguous words get one meaning."""

from collections.abc import Sequence
from typing import NamedTuple

from refocus.prompts.number_words import read_number
from refocus.prompts.tokens import Token, correct
from refocus.prompts.vocabulary import (
    ADJECTIVES,
    DURATIONS,
    METRES,
    PHRASE_LENGTHS,
    PHRASES,
    SLIGHT,
    SUBJECTS,
    WORDS,
    Meaning,
)

NOUN_LEADS = frozenset(
    {"FROM", "TO", "BETWEEN", "ON", "SHARPEN", "KEEP", "FOCUS", "ONLY", "PREP", "THEN", "BEGIN", "SHARP"}
)
_AMBIGUOUS = frozenset({"LENS", "HEAD", "BLADES", "FRAME", "VERB", "SAYS", "LIKE", "SIDEWORD"})
_SPOKEN_MARKS = {"&": "AND", "+": "AND", ":": "COLON", "=": "COLON"}
_DEFINITE = frozenset({"the", "my", "her", "his", "our", "your", "their", "its", "this", "these", "those"})
_POINTS = frozenset({"point", "spot", "place", "position"})
_SHAPE_HOSTS = frozenset({"HEAD", "LIGHT", "APERTURE", "SHAPE"})


class Term(NamedTuple):
    """One word or phrase with its role in the grammar.

    Attributes:
        kind: a kind of the vocabulary, or "WORD", "NUMBER", "MARK", "END".
        value: as in `vocabulary.Meaning`; the number of a "NUMBER".
        text: as typed, lower case.
        first, last: its tokens, both inclusive.
        hyphened: whether a hyphen joins it to the term before.
    """

    kind: str
    value: object
    text: str
    first: int
    last: int
    hyphened: bool = False


def read_terms(tokens: Sequence[Token]) -> list[Term]:
    """Terms of a prompt, in order. Each is a number, or else the longest phrase that fits, or else a plain word."""
    spelt = [_spell(token) for token in tokens]
    terms: list[Term] = []
    at = 0
    while at < len(tokens):
        term = read_term(tokens, spelt, at)
        terms.append(term)
        at = term.last + 1
    return _fold_in_focus([_disambiguate(terms, index) for index in range(len(terms))])


def _fold_in_focus(terms: list[Term]) -> list[Term]:
    """Make "in razor-sharp focus" one term, as "in focus" is."""
    folded: list[Term] = []
    at = 0
    while at < len(terms):
        end = at + 1
        while terms[at].text == "in" and end < len(terms) and terms[end].kind in ("SHARP", "VERY", "DEGREE", "ADVERB"):
            end += 1
        if end > at + 1 and end < len(terms) and terms[end].kind == "FOCUS":
            text = " ".join(term.text for term in terms[at : end + 1])
            folded.append(terms[at]._replace(kind="SHARP", value=None, text=text, last=terms[end].last))
            at = end + 1
        else:
            folded.append(terms[at])
            at += 1
    return folded


def _spell(token: Token) -> str:
    if token.kind != "word" or token.text in WORDS:
        return token.text
    return correct(token.text)


def read_term(tokens: Sequence[Token], spelt: Sequence[str], at: int) -> Term:
    """The term that starts at a token, before ambiguous words get one meaning.

    Args:
        tokens: of the whole prompt.
        spelt: the text of each token with misspellings corrected.
        at: index of the token.
    """
    token = tokens[at]
    hyphened = token.glue == "-"
    if token.kind == "mark":
        if token.text in _SPOKEN_MARKS:
            return Term(_SPOKEN_MARKS[token.text], None, token.text, at, at)
        return Term("END" if token.ends_clause else "MARK", None, token.text, at, at)
    number = read_number(tokens, at)
    if number is not None and (token.kind == "number" or _is_counted(spelt, at, number[1])):
        return Term("NUMBER", number[0], _joined(tokens, at, number[1] - 1), at, number[1] - 1, hyphened)
    found = _phrase(spelt, at)
    if found is None:
        return Term("WORD", None, token.text, at, at, hyphened)
    meaning, last = found
    return Term(meaning.kind, meaning.value, _joined(tokens, at, last), at, last, hyphened)


def _is_counted(spelt: Sequence[str], at: int, after: int) -> bool:
    """Whether a number in words is a quantity: it follows an f, or a unit, blades or a mark follows it."""
    if at and spelt[at - 1] in ("f", "stop", "aperture", "number"):
        return True
    following = spelt[after] if after < len(spelt) else "."
    if following in METRES or following in _COUNTED or (spelt[at] in ("one", "half") and following in DURATIONS):
        return True
    stands_alone = spelt[at] == "one" and after == at + 1  # "the left one."
    return not stands_alone and not following.isalpha()


_COUNTED = frozenset(
    {"blade", "blades", "bladed", "sided", "sides", "aperture", "pointed", "point", "cornered", "percent", "mil"}
    | {"millimeter", "out", "and", "with", "focus", "rounded", "round", "curved", "straight"}
    | (DURATIONS - {"frames", "second", "minute"})  # "three frames" hang on a wall, "two second graders" are people
)


def _phrase(spelt: Sequence[str], at: int) -> tuple[Meaning, int] | None:
    for length in PHRASE_LENGTHS.get(spelt[at], ()):
        meaning = PHRASES.get(tuple(spelt[at : at + length])) if at + length <= len(spelt) else None
        if meaning is not None:
            return meaning, at + length - 1
    return None


def _joined(tokens: Sequence[Token], first: int, last: int) -> str:
    parts = [tokens[first].text]
    for token in tokens[first + 1 : last + 1]:
        parts.append((" " if token.glue is None else token.glue) + token.text)
    return "".join(parts)


def _disambiguate(terms: Sequence[Term], at: int) -> Term:
    """The term with the meaning that its neighbours suggest, where it has several."""
    term = terms[at]
    following = terms[at + 1].kind if at + 1 < len(terms) else "END"
    if term.text == "light" and (following not in ("BLUR", "GLOW") or (at and terms[at - 1].kind == "WORD")):
        return term._replace(kind="LIGHT")
    if _describes_a_noun(terms, at):
        return term._replace(kind="WORD", value=None, text=term.text.removeprefix("a "))
    if term.text in ("all", "both") and following in ("BE", "SHARP", "BLUR", "EXCEPT", "END", "ON"):
        return term._replace(kind="EVERY")
    if (
        term.kind == "WORD"
        and _is_adverb(term.text)
        and following != "END"
        and not (at and terms[at - 1].kind == "DET")
    ):
        return term._replace(kind="ADVERB")
    if term.kind == "NEAR" and following in ("DET", "WORD"):
        names_which = following == "WORD" and (at == 0 or terms[at - 1].kind in ("DET", "END", "ON"))
        return term._replace(kind="PLACE" if names_which else "PREP")
    if term.text == "off" and following == "END":
        return term._replace(kind="NOT")
    if term.text == "second" and following == "END" and at and terms[at - 1].kind == "WORD":
        return term._replace(kind="FILLER")
    if term.text in ("front", "back", "rear") and _describes_a_part(terms, at):
        return term._replace(kind="WORD")
    if term.text == "touch" and at and terms[at - 1].kind == "NOT":
        return term._replace(kind="VERB")
    if term.text == "soft" and following == "GLOW":
        return term._replace(kind="DEGREE", value=SLIGHT)
    if term.text in _POINTS and (following in ("NUMBER", "REL") or (at and terms[at - 1].kind == "PLACE")):
        return term._replace(kind="GENERIC")
    if term.text == "softly" and (following in ("GLOW", "LIGHT") or (at and terms[at - 1].kind == "GLOW")):
        return term._replace(kind="DEGREE", value=SLIGHT)
    if term.kind in ("PLACE", "SIDE") and _is_part_of_a_thing(terms, at):
        return term._replace(kind="WORD")
    if term.kind == "SHAPE" and following == "WORD" and _describes_a_thing(terms, at):
        return term._replace(kind="WORD")
    if term.kind == "MAYBE_SHAPE":
        return term._replace(kind="SHAPE" if _is_shape(terms, at) else "WORD")
    if (
        term.kind in _AMBIGUOUS
        and not term.text.startswith("shape")
        and _is_led_as_noun(terms, at)
        and following not in ("NUMBER", "HEAD")
    ):
        return term if term.kind in ("FRAME", "SIDEWORD") and following != "WORD" else term._replace(kind="WORD")
    return term


def _is_adverb(word: str) -> bool:
    return word.endswith("ly") and len(word) > 5 and not word.endswith(("fly", "mily", "belly", "jelly", "lily"))


def _describes_a_noun(terms: Sequence[Term], at: int) -> bool:
    """ "little" in "the little girl", "soft" in "a soft toy"."""
    term = terms[at]
    if (
        term.kind in ("WORD", "MAYBE_SHAPE", "SIDE")
        or term.text.rpartition(" ")[2] not in ADJECTIVES
        or at + 1 == len(terms)
    ):
        return False
    led = term.text.startswith("a ") or (at > 0 and terms[at - 1].kind in ("DET", "ON", "PREP", "FROM", "TO", "WORD"))
    return led and terms[at + 1].kind == "WORD"


def _describes_a_thing(terms: Sequence[Term], at: int) -> bool:
    """Whether a shape stands before a noun: "the heart-shaped box", "focus on the hexagonal nut"."""
    if terms[at].text.endswith("shaped"):
        return _is_led_as_noun(terms, at)
    before = [term.kind for term in terms[max(0, at - 2) : at]]
    return before[-1:] == ["DET"] and before[0] in ("ON", "SHARPEN", "KEEP", "FOCUS")


def _describes_a_part(terms: Sequence[Term], at: int) -> bool:
    """Whether it names a part ("the front wheel") and not a thing in the foreground ("the front car")."""
    if not at or at + 1 == len(terms) or terms[at - 1].kind != "DET" or terms[at + 1].kind != "WORD":
        return False
    noun = terms[at + 1].text
    return noun not in SUBJECTS and noun.removesuffix("s") not in SUBJECTS


def _is_part_of_a_thing(terms: Sequence[Term], at: int) -> bool:
    """ "center" in "the center of the flower", "top" in "the mountain top" and "a top hat"."""
    term = terms[at]
    if term.value in ("nearest", "farthest") or term.text.endswith("most"):
        return False
    following = [other.kind for other in terms[at + 1 : at + 4]] + ["END"] * 3
    if following[0] == "PREP" and terms[at + 1].text == "of":
        return "WORD" in (following[1], following[2] if following[1] == "DET" else "")
    if term.text in ("top", "bottom", "back", "front") and at and terms[at - 1].kind == "WORD":
        return True
    return term.text == "top" and at + 1 < len(terms) and terms[at + 1].text in ("hat", "hats")


def _is_shape(terms: Sequence[Term], at: int) -> bool:
    """Whether "heart", "star" or "ring" means the shape of the aperture and not a thing in the picture."""
    if at and terms[at - 1].text.endswith(("'s", "s'")):
        return False
    before, after = _clause(terms, at)
    following = [term for term in after if term.kind not in ("VERY", "DEGREE")]
    shaped_thing = (
        len(following) > 1
        and following[0].kind == "HEAD"
        and following[1].kind == "WORD"
        and _is_led_as_noun(terms, at)
    )
    if shaped_thing:
        return False
    if "LENS" in (following[0].kind if following else "", terms[at - 1].kind if at else ""):
        return not _is_led_as_noun(terms, at)
    if following and (following[0].kind in _SHAPE_HOSTS or _is_bokeh(following[0])):
        return True
    hosts = [
        term
        for term in (*before, *following)
        if term.kind in _SHAPE_HOSTS or _is_bokeh(term) or term.text in ("light", "every light")
    ]
    if hosts and (not _is_led_as_noun(terms, at) or any(term in before for term in hosts)):
        return True
    if at and terms[at - 1].text in _DEFINITE:
        return False
    return not any(
        term.kind not in ("DET", "MAYBE_SHAPE", "FILLER", "MARK", "NUMBER") for term in (*before, *following)
    )


def _is_bokeh(term: Term) -> bool:
    return term.kind == "BLUR" and term.value == "look"


def _clause(terms: Sequence[Term], at: int) -> tuple[list[Term], list[Term]]:
    start = at
    while start > 0 and terms[start - 1].kind != "END":
        start -= 1
    end = at + 1
    while end < len(terms) and terms[end].kind != "END" and end < at + 12:
        end += 1
    return list(terms[max(start, at - 12) : at]), list(terms[at + 1 : end])


def _is_led_as_noun(terms: Sequence[Term], at: int) -> bool:
    """Whether words such as "focus on the" lead up to this term."""
    back, articles = at - 1, 0
    while back >= 0 and terms[back].kind in ("DET", "WORD", "MAYBE_SHAPE", "SIDE", "NUMBER", "DEGREE", "VERY"):
        articles += terms[back].kind == "DET"
        back -= 1
    if back < 0 or back == at - 1:
        return False
    if terms[at].kind == "LENS" and (terms[back].kind == "PREP" or terms[at - 1].kind == "NUMBER"):
        return False
    return terms[back].kind in NOUN_LEADS and (articles > 0 or terms[back].kind in ("FOCUS", "ON", "SHARPEN"))
