"""Noun phrases: articles, adjectives and nouns, where the thing is, and what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from refocus.prompts.terms import Term
from refocus.prompts.vocabulary import SUBJECTS

_PLACE_PREPOSITIONS = frozenset(
    {"in", "at", "on", "near", "of", "to", "towards", "toward", "inside", "by", "along", "from"}
)
_NOT_JOINED_AFTER = frozenset({"BETWEEN"})
_ENDS_A_PAIR = frozenset(
    {"END", "SHARP", "BE", "FNUMBER", "FOCAL", "PREP", "AND", "POP", "DISTANCE", "TO", "OPEN", "DEEP", ""}
)
_QUOTES = frozenset({"'", '"'})
HORIZONTAL = ("left", "right")
_PLACES_OF_LIGHTS = frozenset({"behind", "around", "in front of"})


class Node(NamedTuple):
    """One element of a prompt, as the rules of the grammar see it.

    Attributes:
        kind: "NP", "LIGHTS" (a noun phrase about lights), "FRAME" (the picture itself), "PRONOUN", "UNNAMED" (a
            thing with a place but no noun), or a kind of the vocabulary.
        value: as in the vocabulary.
        text: of a noun phrase: lower case, no leading article, no side words.
        first, last: its tokens, both inclusive.
        side, place: where the thing of a noun phrase is: a side and a focus word, each or None.
        definite: whether a noun phrase begins with an article or another determiner.
    """

    kind: str
    value: object
    text: str
    first: int
    last: int
    side: str | None = None
    place: str | None = None
    definite: bool = False


def read_noun_phrase(terms: Sequence[Term], at: int) -> tuple[Node, int] | None:
    """The noun phrase or pronoun that starts at a term and the index after it, or None when none starts there."""
    return _Phrase(terms, at).read()


@dataclass(slots=True)
class _Phrase:
    """Reads one noun phrase that starts at a term: articles, adjectives and nouns first, then what follows them."""

    terms: Sequence[Term]
    at: int
    words: list[str] = field(default_factory=list)
    side: str | None = None
    place: str | None = None
    definite: bool = False
    lights: bool = False
    named: bool = True
    start: int = 0

    def read(self) -> tuple[Node, int] | None:
        self.start = self.at
        if not self._core():
            return self._pronoun()
        while self._more():
            pass
        while self._pair():
            while self._more():
                pass
        first, last = self.terms[self.start], self.terms[self.at - 1]
        kind = ("LIGHTS" if self.lights else "NP") if self.named else "UNNAMED"
        text = "".join(self.words).strip()
        return Node(kind, None, text, first.first, last.last, self.side, self.place, self.definite), self.at

    def _core(self) -> bool:
        """Read articles, place, adjectives and nouns; whether there is a noun or a word such as "thing"."""
        terms = self.terms
        while self.at < len(terms):
            term, following = terms[self.at], self._kind(1)
            if not self.words and (term.kind == "DET" or (term.text == "that" and following == "WORD")):
                self.definite = True
            elif term.kind == "MARK" and term.text in _QUOTES and following in ("WORD", "DET", "LENS"):
                pass
            elif self._joins(term, following):
                self._add(term)
                self.lights = self.lights or term.kind == "LIGHT"
            elif term.kind == "SIDE" and following in ("WORD", "GENERIC", "LIGHT", "SIDE", "DEGREE") and not self.words:
                self._set_side(str(term.value))
            elif not self.words and self._superlative(term):
                self.at += 1
            elif term.kind == "PLACE" and not self.words and self._place_describes(term, following):
                self.place = str(term.value)
            elif term.kind == "GENERIC" and not self.words:
                self.named = False
                self.at += 1
                return True
            elif not (term.kind == "SIDE" and self.words and self._closes_with_side()):
                break
            self.at += 1
        return bool(self.words)

    def _joins(self, term: Term, following: str) -> bool:
        """Nouns and adjectives; "two birds", "lane 3"; the picture's own words before a noun ("screen door")."""
        if term.kind == "NUMBER":
            return following in ("END", "") if self.words else following == "WORD"
        if term.kind == "FRAME":
            return following == "WORD" and not self.terms[self.at + 1].hyphened
        return term.kind in ("WORD", "LIGHT")

    def _superlative(self, term: Term) -> bool:
        """ "the closest of the three bottles", "the rightmost of the pears"."""
        if self._kind(1) != "PREP" or self.terms[self.at + 1].text != "of":
            return False
        inner = self.at + 2
        while self._kind_at(inner) in ("DET", "NUMBER"):
            inner += 1
        if self._kind_at(inner) != "WORD":
            return False
        if term.kind == "PLACE" and term.value in ("nearest", "farthest"):
            self.place = str(term.value)
            return True
        if term.kind == "SIDE" and term.text.endswith("most"):
            self._set_side(str(term.value))
            return True
        return False

    def _closes_with_side(self) -> bool:
        """ "dog left": a side after the noun that ends the phrase."""
        if self._kind(1) not in ("", "END", "SHARP", "FNUMBER", "AND"):
            return False
        self._set_side(str(self.terms[self.at].value))
        return True

    def _place_describes(self, term: Term, following: str) -> bool:
        if following not in ("WORD", "GENERIC", "LIGHT"):
            return False
        if term.value in ("nearest", "farthest") or following == "LIGHT":
            return True
        noun = self.terms[self.at + 1].text
        return noun in SUBJECTS or noun.removesuffix("s") in SUBJECTS

    def _pronoun(self) -> tuple[Node, int] | None:
        term = self.terms[self.start]
        self.at = self.start + 1
        if term.text == "her":
            return Node("PRONOUN", "woman", term.text, term.first, term.last), self.at
        frame = self.start
        while frame < len(self.terms) and self.terms[frame].kind == "DET":
            frame += 1
        if frame < len(self.terms) and self.terms[frame].kind == "FRAME":
            found = self.terms[frame]
            return Node("FRAME", None, found.text, term.first, found.last), frame + 1
        return None

    def _more(self) -> bool:
        """Read one more detail about the noun, if one follows."""
        at = self.at
        if self._kind() == "REL":
            at += 1
            at += self._kind_at(at) == "BE"
        elif not self.named and self._kind() == "BE":
            at += 1
        return self._where(at) or self._beside(at) or self._attached(at)

    def _beside(self, at: int) -> bool:
        """ "to the right of the plate": relative to another thing, so not a side of the picture."""
        inner = at + 1
        while self._kind_at(inner) == "DET":
            inner += 1
        if self._kind_at(at) not in ("TO", "ON", "PREP") or self._kind_at(inner + 1) != "PREP":
            return False
        if self.terms[inner].text not in HORIZONTAL or not self.words:
            return False
        other = _Phrase(self.terms, inner + 2)
        if not other._core():
            return False
        self.at = other.at
        return True

    def _where(self, at: int) -> bool:
        """ "on the left", "in the background", "closest to the camera", "in this picture", ", left"."""
        after_comma = self._kind_at(at) == "END" and self.terms[at].text == ","
        linked = self._kind_at(at) in ("PREP", "ON", "TO", "FROM") and self.terms[at].text in _PLACE_PREPOSITIONS
        begin = at + (after_comma or linked)
        if after_comma and self._kind_at(begin) in ("PREP", "ON", "TO"):
            begin += 1
        inner = begin
        while self._kind_at(inner) in ("DET", "VERY", "DEGREE") and (linked or after_comma):
            inner += 1
        kind = self._kind_at(inner)
        if kind == "SIDE" and (linked or after_comma):
            end = self._side_ends(inner)
            if self._kind_at(end) in ("WORD", "GENERIC", "LIGHT"):
                return False  # "to the right glass"
            if after_comma and self._kind_at(end) not in ("", "END"):
                return False
            self._read_sides(inner, end)
        elif kind == "PLACE" and self._kind_at(at) in (("PREP", "ON") if linked else ("PLACE",)):
            if not linked and self.terms[inner].value not in ("nearest", "farthest"):
                return False
            self.place, end = str(self.terms[inner].value), inner + 1
        elif kind == "NEAR" and self._kind_at(inner + 1) == "TOWARDS" and not after_comma:
            self.place, end = str(self.terms[inner].value), inner + 1
        elif kind == "FRAME" and linked:
            end = inner + 1
        else:
            return False
        while self._kind_at(end) == "TOWARDS":
            end += 1
        self.at = end
        return True

    def _side_ends(self, at: int) -> int:
        while self._kind_at(at) in ("SIDE", "SIDEWORD"):
            at += 1
        inner = at + 1
        while self._kind_at(inner) == "DET":
            inner += 1
        return inner + 1 if self._kind_at(at) in ("PREP", "ON") and self._kind_at(inner) == "FRAME" else at

    def _read_sides(self, at: int, end: int) -> None:
        for term in self.terms[at:end]:
            if term.kind == "SIDE":
                self._set_side(str(term.value))

    def _attached(self, at: int) -> bool:
        """ "with the red hat", "on the table", "of flowers": part of the phrase."""
        if self._kind_at(at) not in ("PREP", "ON") or not self.words:
            return False
        if self.lights and self.terms[at].text in _PLACES_OF_LIGHTS:
            return False
        inner = _Phrase(self.terms, at + 1)
        if not inner._core() or not inner.words or inner._is_an_instruction():
            return False
        link = [term.text for term in self.terms[self.at : at + 1]]
        link += [term.text for term in self.terms[at + 1 : inner.at] if term.kind == "DET"]
        self.words += [" " + " ".join(link), *inner.words]
        self.at = inner.at
        return True

    def _is_an_instruction(self) -> bool:
        """ "with everything blurred": an instruction follows, which is not part of the noun phrase."""
        return self._kind() in ("BLUR", "GLOW", "HEAD", "SHAPE") or (self._kind() == "BE" and self._kind(1) == "BLUR")

    def _pair(self) -> bool:
        """ "the bride and groom"."""
        before = self.terms[self.start - 1].kind if self.start else ""
        joint = "or" if self._kind() == "AND" and self.terms[self.at].text == "or" else "and"
        if self._kind() != "AND" or self.terms[self.at].text not in ("and", "&", "+", "or") or not self.words:
            return False
        if before in _NOT_JOINED_AFTER:
            return False
        other = _Phrase(self.terms, self.at + 1)
        if not other._core() or not other.words or other.place or other.side:
            return False
        ahead = other.at
        while other._kind_at(ahead) in ("BE", "DEGREE", "VERY"):
            ahead += 1
        if other._kind_at(ahead) not in _ENDS_A_PAIR:
            return False
        articles = [term.text for term in self.terms[self.at + 1 : other.at] if term.kind == "DET"]
        self.words += [
            f" {joint} ",
            *(f"{article} " for article in articles),
            *(word.lstrip() for word in other.words[:1]),
        ]
        self.words += other.words[1:]
        self.at = other.at
        return True

    def _set_side(self, side: str) -> None:
        """Left and right win over top and bottom, where both are given."""
        if self.side not in HORIZONTAL:
            self.side = side

    def _add(self, term: Term) -> None:
        self.words.append(("-" if term.hyphened and self.words else " ") + term.text)

    def _kind(self, ahead: int = 0) -> str:
        return self._kind_at(self.at + ahead)

    def _kind_at(self, at: int) -> str:
        return self.terms[at].kind if at < len(self.terms) else ""
