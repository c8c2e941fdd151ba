"""Applies the grammar's rules to the nodes of one prompt and gathers what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from refocus.core.bokeh_spec import BokehSpec
from refocus.prompts.corrections import without_corrected
from refocus.prompts.grammar import BLUR_SAID, NO_BLUR, OPPOSITE, RULES
from refocus.prompts.noun_phrases import Node
from refocus.prompts.nouns import COLOURS, SUBJECTS
from refocus.prompts.patterns import Match, compile_pattern, match_at
from refocus.prompts.strengths import degrees_by_host, strength
from refocus.prompts.vocabulary import DEFAULT, MEDIUM, NONE, SLIGHT


@dataclass(slots=True)
class Reader:
    """Applies the rules to the nodes of one prompt and gathers what they say."""

    nodes: Sequence[Node]
    taken: list[bool] = field(default_factory=list)
    muted: set[int] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)
    subject: str | None = None
    side: str | None = None
    focus: str | None = None
    implied_focus: str | None = None
    between: bool = False
    rack: tuple[str, str] | None = None
    rack_sides: tuple[str | None, str | None] = (None, None)
    blur: float | None = None
    blur_said: bool = False
    highlights: float | None = None

    def read(self) -> None:
        self.nodes = without_corrected(self.nodes)
        self.taken = [False] * len(self.nodes)
        self._apply_rules()
        self._read_bare_subject()
        self._read_strengths()
        self._note_ignored()

    def spec(self, restore: str | None) -> BokehSpec:
        """What was understood."""
        return BokehSpec(
            subject=self.subject,
            side=self.side,
            focus=self._focus(),
            rack=self.rack,
            f_number=self._f_number(),
            focal_length_mm=self._focal_length_mm(),
            focus_distance_m=self._last_value("DISTANCE"),
            blur=self.blur,
            aperture=self._aperture(),
            highlights=self.highlights,
            restore=restore,
            ignored=tuple(dict.fromkeys(self.ignored)),
            rack_sides=self.rack_sides,
        )

    def _focus(self) -> str | None:
        if self.focus is None and self.between:
            return "center" if self.subject is None else None
        return self.focus or self.implied_focus

    # Rules

    def _apply_rules(self) -> None:
        kinds = [node.kind for node in self.nodes]
        places: dict[str, list[int]] = {}
        for at, kind in enumerate(kinds):
            places.setdefault(kind, []).append(at)
        for steps, starts, meaning in _PREPARED:
            if any(not step.optional and step.kinds.isdisjoint(places) for step in steps):
                continue
            for at in sorted(at for kind in starts for at in places.get(kind, ())):
                match = match_at(steps, kinds, at) if kinds[at] else None
                if match is not None:
                    meaning(self, match)
                    for used in match.nodes:
                        self.taken[used], kinds[used] = True, ""

    def _aim(self, match: Match) -> None:
        negated = any(self.nodes[i].kind in ("NOT", "EXCEPT") for i in match.nodes)
        self.blur_said |= any(self.nodes[i].kind == "BLUR" for i in match.nodes) and not negated
        self._aim_at(self.nodes[match.targets[-1]])

    def _aim_again(self, match: Match) -> None:
        """ "actually, focus on the cat"."""
        self.subject = self.side = self.focus = None
        self._aim(match)

    def _begin_soft(self, match: Match) -> None:
        """ "start out of focus and end on the clock": what counts is the end."""
        self.muted |= set(match.nodes)
        self._aim_at(self.nodes[match.targets[-1]])

    def _aim_at(self, node: Node) -> None:
        if node.kind in ("EVERY", "FRAME"):
            self._everything()
        elif node.kind in ("NP", "LIGHTS") or (node.kind == "PRONOUN" and node.value):
            if self.subject is None:
                self.subject = node.text if node.kind != "PRONOUN" else str(node.value)
                self.side, self.focus = node.side or self.side, node.place or self.focus
            else:
                self.ignored.append(node.text)
        elif node.kind == "PRONOUN":
            self._aim_at_named_before(node)
        elif node.kind == "UNNAMED" and node.side == "center" and node.place is None:
            self.focus = self.focus or "center"
        elif node.kind == "UNNAMED":
            self.side, self.focus = node.side or self.side, node.place or self.focus
        elif node.kind == "SUBJECT":
            self.focus = self.focus or "foreground"
        elif node.kind in ("PLACE", "NEAR"):
            self.focus = str(node.value)
        elif node.kind == "SIDE" and node.value == "center":
            self.focus = self.focus or "center"
        elif node.kind == "SIDE":
            self.side = self.side or str(node.value)

    def _aim_at_named_before(self, pronoun: Node) -> None:
        """ "there is a cat on the shelf, focus on it"."""
        named = [i for i, node in enumerate(self.nodes) if node.kind == "NP" and node.last < pronoun.first]
        if named and self.subject is None:
            self.taken[named[-1]] = True
            self._aim_at(self.nodes[named[-1]])

    def _everything(self, match: Match | None = None) -> None:
        self.focus, self.blur = "everything", NONE
        if match is not None:
            self.muted |= set(match.nodes)

    def _rack(self, match: Match) -> None:
        ends = [self.nodes[i] for i in match.targets[-2:]]
        names = tuple(_end_of_pull(node) for node in ends)
        if names[0] is None or names[1] is None:
            return
        self.rack = (names[0], names[1])
        self.rack_sides = (ends[0].side, ends[1].side)

    def _rack_back(self, match: Match) -> None:
        """ "pull focus to the door from the key"."""
        self._rack(match._replace(targets=match.targets[::-1]))

    def _avoid(self, match: Match) -> None:
        """ "not the tree", "don't focus on the background"."""
        node = self.nodes[match.targets[-1]]
        if node.kind == "PLACE" and any(self.nodes[i].kind == "FOCUS" for i in match.nodes):
            self.implied_focus = OPPOSITE.get(str(node.value))
        elif node.kind in ("NP", "LIGHTS"):
            self.ignored.append(f"not {node.text}")

    def _all_but(self, match: Match) -> None:
        node = self.nodes[match.targets[-1]]
        self.blur_said = True
        if node.kind == "PLACE":
            self.implied_focus = OPPOSITE.get(str(node.value))
        else:
            self.ignored.append(f"not {node.text}")

    def _spare(self, match: Match) -> None:
        """ "don't blur the dog", but also "don't blur the background too much"."""
        following = self.nodes[match.nodes[-1] + 1 : match.nodes[-1] + 2]
        if following and following[0].text in ("too much", "so much", "much", "a lot"):
            self.blur = SLIGHT
            self._soften(match)
        elif any(self.nodes[i].kind == "NOTHING" for i in match.nodes) or self._spares_all(match):
            self._everything()
        else:
            self._aim_at(self.nodes[match.targets[-1]])
        self.muted |= set(match.nodes)

    def _spares_all(self, match: Match) -> bool:
        return bool(match.targets) and self.nodes[match.targets[-1]].text in ("", "anything")

    def _no_blur(self, match: Match) -> None:
        self.blur = NONE
        self.muted |= set(match.nodes)

    def _no_glow(self, match: Match) -> None:
        self.highlights = NONE
        self.muted |= set(match.nodes)

    def _soften(self, match: Match) -> None:
        """ "blur the background": the foreground is to be sharp."""
        places = [self.nodes[i] for i in match.nodes if self.nodes[i].kind == "PLACE"]
        self.blur_said = True
        if not places:
            return
        opposite = OPPOSITE.get(str(places[-1].value))
        self.between |= self.implied_focus is not None and self.implied_focus != opposite
        self.implied_focus = opposite

    def _soften_both(self, match: Match) -> None:
        """ "blur the foreground and the background": what is sharp lies between."""
        self.blur_said, self.between = True, True

    def _soften_around(self, match: Match) -> None:
        """ "melt everything behind her"."""
        self.blur_said = True
        node = self.nodes[match.targets[-1]]
        between = {self.nodes[i].text for i in match.nodes if self.nodes[i].kind == "PREP"}
        if node.kind == "PLACE" or not between & {
            "behind",
            "around",
            "beyond",
            "surrounding",
            "in front of",
            "outside",
        }:
            self._soften(match) if node.kind == "PLACE" else self.ignored.append(node.text)
        elif self.subject is None:
            self._aim_at(node)

    def _soften_thing(self, match: Match) -> None:
        self.blur_said = True
        self.ignored += [self.nodes[i].text for i in match.nodes if self.nodes[i].kind == "NP"]

    def _blur_said(self, match: Match) -> None:
        self.blur_said = True

    def _glow(self, match: Match) -> None:
        if self.highlights is None:
            self.highlights = MEDIUM

    # After the rules

    def _read_bare_subject(self) -> None:
        """ "the red car on the left", with no word of what to do."""
        for i, node in enumerate(self.nodes):
            if self.taken[i] or self.subject or self.rack:
                continue
            if self._is_bare_place(i) or (node.kind == "NP" and self._is_alone(i) and _names_a_thing(node)):
                self._aim_at(node)
                self.taken[i] = True

    def _is_bare_place(self, at: int) -> bool:
        """ "foreground" or "center" with nothing but numbers beside it; "closest" needs less room."""
        node = self.nodes[at]
        if self.focus is not None or not (node.kind == "PLACE" or (node.kind == "SIDE" and node.value == "center")):
            return False
        if node.value in ("nearest", "farthest") and self._is_alone(at):
            return True
        beside = (self.nodes[i].kind for i in (at - 1, at + 1) if 0 <= i < len(self.nodes))
        return all(kind in ("END", "FNUMBER", "FOCAL") for kind in beside)

    def _is_alone(self, at: int) -> bool:
        """Whether nothing else is said in its clause but what can stand beside a subject, or an unknown verb."""
        around = []
        for step in (-1, 1):
            i = at + step
            while 0 <= i < len(self.nodes) and self.nodes[i].kind != "END":
                around.append(i)
                i += step
        verb = at - 1 if at and self.nodes[at].definite and self._is_unknown_verb(at - 1) else None
        return all(i == verb or self.taken[i] or self._keeps_company(self.nodes[i]) for i in around)

    def _keeps_company(self, node: Node) -> bool:
        return node.kind in _COMPANIONS or (node.kind == "BLUR" and node.value == "look")

    def _is_unknown_verb(self, at: int) -> bool:
        """ "capture" in "capture the guitarist": one word that begins the clause."""
        node = self.nodes[at]
        begins = at == 0 or self.nodes[at - 1].kind in ("END", "AND")
        return begins and node.kind == "NP" and not node.definite and " " not in node.text

    def _read_strengths(self) -> None:
        degrees = degrees_by_host(self.nodes, self.muted)
        shaped = any(node.kind == "SHAPE" for node in self.nodes)
        amounts, defaults, openness = [], [], []
        for host, said in degrees.items():
            node = self.nodes[host]
            value = strength(node, said)
            if node.kind == "GLOW":
                self.highlights = value
            elif node.kind == "OPEN":
                openness.append(value)
            elif isinstance(node.value, float) or said:
                amounts.append(value)
            elif not (shaped and node.value == "look" and not self.taken[host]):
                defaults.append(value)
        if self.highlights is None:
            self._read_light_amount()
        if self.blur is not None:
            return
        if amounts or defaults:
            self.blur = max(amounts) if amounts else max(defaults)
        elif openness and self._f_number() is None:
            self.blur = openness[-1]
        elif self.blur_said or self._is_portrait():
            self.blur = DEFAULT
        if self._is_portrait() and self.focus is None and self.subject is None:
            self.implied_focus = "foreground"

    def _is_portrait(self) -> bool:
        return any(node.kind == "PORTRAIT" for node in self.nodes)

    def _read_light_amount(self) -> None:
        """ "strong highlights", "highlights: 40 %"."""
        for i, node in enumerate(self.nodes):
            if node.kind != "LIGHTS" or "highlight" not in node.text:
                continue
            after = i + 2 if self.nodes[i + 1 : i + 2] and self.nodes[i + 1].kind == "COLON" else len(self.nodes)
            for beside in (*self.nodes[max(0, i - 1) : i], *self.nodes[after : after + 1]):
                if beside.kind == "DEGREE" and isinstance(beside.value, float):
                    self.highlights = beside.value

    def _f_number(self) -> float | None:
        """The last one said; one that only names the lens ("an f/1.2 lens at f/4") gives way."""
        named = [i for i, node in enumerate(self.nodes) if node.kind == "FNUMBER" and not self._denied(i)]
        strong = [i for i in named if not self._names_lens(i)]
        chosen = (strong or named)[-1:]
        if chosen:
            value = self.nodes[chosen[0]].value
            return value if isinstance(value, float | int) else None
        return self._named_lens(1)

    def _names_lens(self, at: int) -> bool:
        before = self.nodes[at - 1].kind if at else ""
        after = self.nodes[at + 1].kind if at + 1 < len(self.nodes) else ""
        return before == "FOCAL" or after == "LENS"

    def _focal_length_mm(self) -> float | None:
        said = self._last_value("FOCAL")
        return said if said is not None else self._named_lens(0)

    def _named_lens(self, index: int) -> float | None:
        lenses = [node.value for node in self.nodes if node.kind == "NAMED"]
        return lenses[-1][index] if lenses and isinstance(lenses[-1], tuple) else None

    def _last_value(self, kind: str) -> float | None:
        values = [node.value for node in self.nodes if node.kind == kind]
        return float(values[-1]) if values and isinstance(values[-1], float | int) else None

    def _aperture(self) -> str | None:
        """The shape said last; a lens or the word round gives way to any other shape."""
        shapes = [str(node.value) for i, node in enumerate(self.nodes) if node.kind == "SHAPE" and not self._denied(i)]
        telling = [shape for shape in shapes if shape != "circle"]
        said = telling or shapes
        return said[-1] if said else None

    def _denied(self, at: int) -> bool:
        return at > 0 and self.nodes[at - 1].kind in ("NOT", "EXCEPT")

    def _note_ignored(self) -> None:
        for i, node in enumerate(self.nodes):
            if node.kind == "BAD" or (node.kind in ("NP", "ADVERB", "NUMBER", "VERB") and not self.taken[i]):
                self.ignored.append(node.text)


_COMPANIONS = frozenset(
    {"FNUMBER", "FOCAL", "DISTANCE", "SHAPE", "HEAD", "APERTURE", "AND", "PREP", "ON", "OPEN", "LENS", "BAD", "DEGREE"}
)

_MEANINGS: dict[str, Callable[[Reader, Match], None]] = {
    "aim": Reader._aim,
    "everything": Reader._everything,
    "rack": Reader._rack,
    "rack back": Reader._rack_back,
    "avoid": Reader._avoid,
    "all but": Reader._all_but,
    "spare": Reader._spare,
    NO_BLUR: Reader._no_blur,
    "no glow": Reader._no_glow,
    "soften": Reader._soften,
    "aim again": Reader._aim_again,
    "begin soft": Reader._begin_soft,
    "soften both": Reader._soften_both,
    "soften around": Reader._soften_around,
    "soften thing": Reader._soften_thing,
    BLUR_SAID: Reader._blur_said,
    "glow": Reader._glow,
}
_PREPARED = tuple((compile_pattern(rule.pattern), rule.starts, _MEANINGS[rule.meaning]) for rule in RULES)


def _end_of_pull(node: Node) -> str | None:
    if node.kind in ("NP", "LIGHTS"):
        return node.text
    if node.kind in ("PLACE", "NEAR"):
        return str(node.value)
    if node.kind == "PRONOUN" and node.value:
        return str(node.value)
    if node.kind == "EVERY":
        return "everything"
    if node.kind == "SUBJECT":
        return "foreground"
    if node.kind == "UNNAMED":
        return node.place
    return "center" if node.kind == "SIDE" and node.value == "center" else None


def _names_a_thing(node: Node) -> bool:
    """Whether a noun phrase that stands alone reads as what is to be sharp."""
    words = node.text.split()
    known = any(word in SUBJECTS or word in COLOURS for word in (*words, *(word.removesuffix("'s") for word in words)))
    return known or node.side is not None or (node.definite and len(words) <= 4)
