"""Applies the rules of the grammar to the nodes of one prompt and collects what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from refocus.core.bokeh_spec import BokehSpec
from refocus.prompts import lens_settings
from refocus.prompts.bare_subject import is_bare_place, is_bare_subject
from refocus.prompts.grammar import OPPOSITE, RULES, Match, compile_pattern, match_at
from refocus.prompts.nodes import without_corrected
from refocus.prompts.noun_phrases import Node
from refocus.prompts.strengths import blur_strength, glow_strength, is_portrait
from refocus.prompts.vocabulary import DEFAULT, MEDIUM, NONE, SLIGHT

_AROUND = frozenset({"behind", "around", "beyond", "surrounding", "in front of", "outside"})


@dataclass(slots=True)
class PromptReader:
    """Applies the rules of the grammar to the nodes of one prompt and collects what they mean."""

    nodes: Sequence[Node]
    used: list[bool] = field(default_factory=list)
    negated: set[int] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)
    subject: str | None = None
    side: str | None = None
    focus: str | None = None
    implied_focus: str | None = None
    between: bool = False
    rack: tuple[str, str] | None = None
    rack_sides: tuple[str | None, str | None] = (None, None)
    blur: float | None = None
    blur_mentioned: bool = False
    highlights: float | None = None

    def read(self) -> None:
        """Read the nodes; the fields hold what they mean."""
        self.nodes = without_corrected(self.nodes)
        self.used = [False] * len(self.nodes)
        self._apply_rules()
        self._read_bare_subject()
        self._read_strengths()
        for node, used in zip(self.nodes, self.used, strict=True):
            if node.kind == "BAD" or (node.kind in ("NP", "ADVERB", "NUMBER", "VERB") and not used):
                self.ignored.append(node.text)

    def spec(self, restore: str | None) -> BokehSpec:
        """What was understood, with the text to be legible in the picture."""
        return BokehSpec(
            subject=self.subject,
            side=self.side,
            focus=self._focus(),
            rack=self.rack,
            f_number=lens_settings.f_number(self.nodes),
            focal_length_mm=lens_settings.focal_length_mm(self.nodes),
            focus_distance_m=lens_settings.focus_distance_m(self.nodes),
            blur=self.blur,
            aperture=lens_settings.aperture(self.nodes),
            highlights=self.highlights,
            restore=restore,
            ignored=tuple(dict.fromkeys(self.ignored)),
            rack_sides=self.rack_sides,
        )

    def _focus(self) -> str | None:
        if self.focus is None and self.between:
            return "center" if self.subject is None else None
        return self.focus or self.implied_focus

    def _apply_rules(self) -> None:
        kinds = [node.kind for node in self.nodes]
        places: dict[str, list[int]] = {}
        for at, kind in enumerate(kinds):
            places.setdefault(kind, []).append(at)
        for steps, starts, meaning in _COMPILED_RULES:
            if any(not step.optional and step.kinds.isdisjoint(places) for step in steps):
                continue
            for at in sorted(at for kind in starts for at in places.get(kind, ())):
                match = match_at(steps, kinds, at) if kinds[at] else None
                if match is not None:
                    meaning(self, match)
                    for used in match.nodes:
                        self.used[used], kinds[used] = True, ""

    def _focus_on(self, match: Match) -> None:
        negated = any(self.nodes[i].kind in ("NOT", "EXCEPT") for i in match.nodes)
        self.blur_mentioned |= any(self.nodes[i].kind == "BLUR" for i in match.nodes) and not negated
        self._focus_on_node(self.nodes[match.targets[-1]])

    def _focus_instead(self, match: Match) -> None:
        """ "actually, focus on the cat"."""
        self.subject = self.side = self.focus = None
        self._focus_on(match)

    def _begin_blurred(self, match: Match) -> None:
        """ "start out of focus and end on the clock": the end is what is to be sharp."""
        self.negated |= set(match.nodes)
        self._focus_on_node(self.nodes[match.targets[-1]])

    def _focus_on_node(self, node: Node) -> None:
        if node.kind in ("EVERY", "FRAME"):
            self._everything()
        elif node.kind in ("NP", "LIGHTS") or (node.kind == "PRONOUN" and node.value):
            if self.subject is None:
                self.subject = node.text if node.kind != "PRONOUN" else str(node.value)
                self.side, self.focus = node.side or self.side, node.place or self.focus
            else:
                self.ignored.append(node.text)
        elif node.kind == "PRONOUN":
            self._focus_on_antecedent(node)
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

    def _focus_on_antecedent(self, pronoun: Node) -> None:
        """ "there is a cat on the shelf, focus on it"."""
        named = [i for i, node in enumerate(self.nodes) if node.kind == "NP" and node.last < pronoun.first]
        if named and self.subject is None:
            self.used[named[-1]] = True
            self._focus_on_node(self.nodes[named[-1]])

    def _everything(self, match: Match | None = None) -> None:
        self.focus, self.blur = "everything", NONE
        if match is not None:
            self.negated |= set(match.nodes)

    def _rack(self, match: Match) -> None:
        ends = [self.nodes[i] for i in match.targets[-2:]]
        names = tuple(_rack_end(node) for node in ends)
        if names[0] is None or names[1] is None:
            return
        self.rack = (names[0], names[1])
        self.rack_sides = (ends[0].side, ends[1].side)

    def _rack_back(self, match: Match) -> None:
        """ "pull focus to the door from the key"."""
        self._rack(match._replace(targets=match.targets[::-1]))

    def _do_not_focus(self, match: Match) -> None:
        """ "not the tree", "don't focus on the background"."""
        node = self.nodes[match.targets[-1]]
        if node.kind == "PLACE" and any(self.nodes[i].kind == "FOCUS" for i in match.nodes):
            self.implied_focus = OPPOSITE.get(str(node.value))
        elif node.kind in ("NP", "LIGHTS"):
            self.ignored.append(f"not {node.text}")

    def _all_except(self, match: Match) -> None:
        node = self.nodes[match.targets[-1]]
        self.blur_mentioned = True
        if node.kind == "PLACE":
            self.implied_focus = OPPOSITE.get(str(node.value))
        else:
            self.ignored.append(f"not {node.text}")

    def _do_not_blur(self, match: Match) -> None:
        """ "don't blur the dog", but also "don't blur the background too much"."""
        following = self.nodes[match.nodes[-1] + 1 : match.nodes[-1] + 2]
        if following and following[0].text in ("too much", "so much", "much", "a lot"):
            self.blur = SLIGHT
            self._blur_place(match)
        elif any(self.nodes[i].kind == "NOTHING" for i in match.nodes) or self._blurs_nothing(match):
            self._everything()
        else:
            self._focus_on_node(self.nodes[match.targets[-1]])
        self.negated |= set(match.nodes)

    def _blurs_nothing(self, match: Match) -> bool:
        return bool(match.targets) and self.nodes[match.targets[-1]].text in ("", "anything")

    def _no_blur(self, match: Match) -> None:
        self.blur = NONE
        self.negated |= set(match.nodes)

    def _no_glow(self, match: Match) -> None:
        self.highlights = NONE
        self.negated |= set(match.nodes)

    def _blur_place(self, match: Match) -> None:
        """ "blur the background": the opposite place is to be sharp."""
        places = [self.nodes[i] for i in match.nodes if self.nodes[i].kind == "PLACE"]
        self.blur_mentioned = True
        if not places:
            return
        opposite = OPPOSITE.get(str(places[-1].value))
        self.between |= self.implied_focus is not None and self.implied_focus != opposite
        self.implied_focus = opposite

    def _blur_both(self, match: Match) -> None:
        """ "blur the foreground and the background": the middle is to be sharp."""
        self.blur_mentioned, self.between = True, True

    def _blur_around(self, match: Match) -> None:
        """ "melt everything behind her"."""
        self.blur_mentioned = True
        node = self.nodes[match.targets[-1]]
        prepositions = {self.nodes[i].text for i in match.nodes if self.nodes[i].kind == "PREP"}
        if node.kind == "PLACE":
            self._blur_place(match)
        elif not prepositions & _AROUND:
            self.ignored.append(node.text)
        elif self.subject is None:
            self._focus_on_node(node)

    def _blur_thing(self, match: Match) -> None:
        self.blur_mentioned = True
        self.ignored += [self.nodes[i].text for i in match.nodes if self.nodes[i].kind == "NP"]

    def _blur(self, match: Match) -> None:
        self.blur_mentioned = True

    def _glow(self, match: Match) -> None:
        if self.highlights is None:
            self.highlights = MEDIUM

    def _read_bare_subject(self) -> None:
        for i, node in enumerate(self.nodes):
            if self.used[i] or self.subject or self.rack:
                continue
            is_place = self.focus is None and is_bare_place(self.nodes, self.used, i)
            if is_place or is_bare_subject(self.nodes, self.used, i):
                self._focus_on_node(node)
                self.used[i] = True

    def _read_strengths(self) -> None:
        self.highlights = glow_strength(self.nodes, self.negated, self.highlights)
        if self.blur is not None:
            return
        self.blur = blur_strength(self.nodes, self.negated, self.used)
        portrait = is_portrait(self.nodes)
        if self.blur is None and (self.blur_mentioned or portrait):
            self.blur = DEFAULT
        if portrait and self.focus is None and self.subject is None:
            self.implied_focus = "foreground"


_MEANINGS: dict[str, Callable[[PromptReader, Match], None]] = {
    "focus on": PromptReader._focus_on,
    "focus instead": PromptReader._focus_instead,
    "do not focus": PromptReader._do_not_focus,
    "everything": PromptReader._everything,
    "all except": PromptReader._all_except,
    "rack": PromptReader._rack,
    "rack back": PromptReader._rack_back,
    "begin blurred": PromptReader._begin_blurred,
    "blur": PromptReader._blur,
    "blur place": PromptReader._blur_place,
    "blur both": PromptReader._blur_both,
    "blur around": PromptReader._blur_around,
    "blur thing": PromptReader._blur_thing,
    "do not blur": PromptReader._do_not_blur,
    "no blur": PromptReader._no_blur,
    "glow": PromptReader._glow,
    "no glow": PromptReader._no_glow,
}
_COMPILED_RULES = tuple((compile_pattern(rule.pattern), rule.starts, _MEANINGS[rule.meaning]) for rule in RULES)


def _rack_end(node: Node) -> str | None:
    if node.kind in ("NP", "LIGHTS"):
        return node.text
    if node.kind in ("PLACE", "NEAR") or (node.kind == "PRONOUN" and node.value):
        return str(node.value)
    if node.kind == "EVERY":
        return "everything"
    if node.kind == "SUBJECT":
        return "foreground"
    if node.kind == "UNNAMED":
        return node.place
    return "center" if node.kind == "SIDE" and node.value == "center" else None
