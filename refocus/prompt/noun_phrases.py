"""Terms to nodes: noun phrases with where they are, and everything else as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from refocus.prompt.nouns import SUBJECTS
from refocus.prompt.terms import Term

_OF_PLACE = frozenset({"in", "at", "on", "near", "of", "to", "towards", "toward", "inside", "by", "along", "from"})
_NEVER_JOINED_AFTER = frozenset({"BETWEEN"})
_ENDS_A_PAIR = frozenset(
    {"END", "SHARP", "BE", "FNUMBER", "FOCAL", "PREP", "AND", "POP", "DISTANCE", "TO", "OPEN", "DEEP", ""}
)
_DROPPED = frozenset({"FILLER", "DET", "MARK", "SIDEWORD", "REL", "TOWARDS"})
_HORIZONTAL = ("left", "right")


@dataclass(frozen=True, slots=True)
class Node:
    """One piece the grammar's rules speak of.

    Attributes:
        kind: "NP", "LIGHTS" (a noun phrase about lights), "FRAME" (the picture itself), "PRONOUN", "UNNAMED" (a
            thing of which only the place is said), or a kind of the vocabulary.
        value: as in the vocabulary.
        text: of a noun phrase: lower case, no leading article, no side words.
        side, place: where a noun phrase was said to be; a side, a focus word, or None.
        definite: a noun phrase with an article or the like.
        first, last: its tokens, both inclusive.
    """

    kind: str
    value: object
    text: str
    first: int
    last: int
    side: str | None = None
    place: str | None = None
    definite: bool = False


def read_nodes(terms: Sequence[Term]) -> list[Node]:
    """Nodes of a prompt, in order; words that carry nothing are dropped."""
    nodes: list[Node] = []
    at = 0
    while at < len(terms):
        phrase = _Phrase(terms, at).read()
        if phrase is not None:
            node, at = phrase
            nodes.append(node)
            continue
        term, at = terms[at], at + 1
        if term.kind == "SIDE":
            while at < len(terms) and terms[at].kind == "SIDE":
                term, at = (terms[at] if terms[at].value in _HORIZONTAL else term), at + 1
        if term.kind not in _DROPPED:
            nodes.append(Node(term.kind, term.value, term.text, term.first, term.last))
    return nodes


@dataclass(slots=True)
class _Phrase:
    """Reads one noun phrase that starts at a term: its core, then what says more about it."""

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
        """Articles, where it is, adjectives and nouns. True when there is a noun."""
        terms = self.terms
        while self.at < len(terms):
            term, following = terms[self.at], self._kind(1)
            if not self.words and (term.kind == "DET" or (term.text == "that" and following == "WORD")):
                self.definite = True
            elif term.kind in ("WORD", "LIGHT") or (term.kind == "NUMBER" and not self.words and following == "WORD"):
                self._add(term)
                self.lights = self.lights or term.kind == "LIGHT"
            elif term.kind == "FRAME" and following == "WORD" and not terms[self.at + 1].hyphened:
                self._add(term)
            elif term.kind == "SIDE" and following in ("WORD", "GENERIC", "LIGHT", "SIDE", "DEGREE") and not self.words:
                self._place_side(str(term.value))
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

    def _closes_with_side(self) -> bool:
        """ "dog left": a side after the noun, with nothing of the phrase behind it."""
        if self._kind(1) not in ("", "END", "SHARP", "FNUMBER", "AND"):
            return False
        self._place_side(str(self.terms[self.at].value))
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
        """One thing more about the noun, where the words go on with one."""
        at = self.at
        if self._kind() == "REL":
            at += 1
            at += self._kind_at(at) == "BE"
        elif not self.named and self._kind() == "BE":
            at += 1
        return self._where(at) or self._beside(at) or self._attached(at)

    def _beside(self, at: int) -> bool:
        """ "to the right of the plate": said of another thing, so it is no side of the picture."""
        inner = at + 1
        while self._kind_at(inner) == "DET":
            inner += 1
        if self._kind_at(at) not in ("TO", "ON", "PREP") or self._kind_at(inner + 1) != "PREP":
            return False
        if self.terms[inner].text not in _HORIZONTAL or not self.words:
            return False
        other = _Phrase(self.terms, inner + 2)
        if not other._core():
            return False
        self.at = other.at
        return True

    def _where(self, at: int) -> bool:
        """ "on the left", "in the background", "closest to the camera", "in this picture", ", left"."""
        after_comma = self._kind_at(at) == "END" and self.terms[at].text == ","
        linked = self._kind_at(at) in ("PREP", "ON", "TO", "FROM") and self.terms[at].text in _OF_PLACE
        begin = at + (after_comma or linked)
        if after_comma and self._kind_at(begin) in ("PREP", "ON", "TO"):
            begin += 1
        inner = begin
        while self._kind_at(inner) in ("DET", "VERY", "DEGREE") and (linked or after_comma):
            inner += 1
        kind = self._kind_at(inner)
        if kind == "SIDE" and (linked or after_comma):
            end = self._side_ends(inner)
            if after_comma and self._kind_at(end) not in ("", "END"):
                return False
            self._take_sides(inner, end)
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

    def _take_sides(self, at: int, end: int) -> None:
        for term in self.terms[at:end]:
            if term.kind == "SIDE":
                self._place_side(str(term.value))

    def _attached(self, at: int) -> bool:
        """ "with the red hat", "on the table", "of flowers": part of the phrase."""
        if self._kind_at(at) not in ("PREP", "ON") or not self.words:
            return False
        inner = _Phrase(self.terms, at + 1)
        if not inner._core() or not inner.words or inner._looks_like_a_wish():
            return False
        said = [term.text for term in self.terms[self.at : at + 1]]
        said += [term.text for term in self.terms[at + 1 : inner.at] if term.kind == "DET"]
        self.words += [" " + " ".join(said), *inner.words]
        self.at = inner.at
        return True

    def _looks_like_a_wish(self) -> bool:
        """ "with everything blurred": what follows says what to do, so it is no part of the noun."""
        return self._kind() in ("BLUR", "GLOW", "HEAD", "SHAPE") or (self._kind() == "BE" and self._kind(1) == "BLUR")

    def _pair(self) -> bool:
        """ "the bride and groom"."""
        before = self.terms[self.start - 1].kind if self.start else ""
        if self._kind() != "AND" or self.terms[self.at].text not in ("and", "&", "+") or not self.words:
            return False
        if before in _NEVER_JOINED_AFTER:
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
        self.words += [" and ", *(f"{article} " for article in articles), *(word.lstrip() for word in other.words[:1])]
        self.words += other.words[1:]
        self.at = other.at
        return True

    def _place_side(self, side: str) -> None:
        """Left and right tell more than top and bottom, where both are said."""
        if self.side not in _HORIZONTAL:
            self.side = side

    def _add(self, term: Term) -> None:
        self.words.append(("-" if term.hyphened and self.words else " ") + term.text)

    def _kind(self, ahead: int = 0) -> str:
        return self._kind_at(self.at + ahead)

    def _kind_at(self, at: int) -> str:
        return self.terms[at].kind if at < len(self.terms) else ""
