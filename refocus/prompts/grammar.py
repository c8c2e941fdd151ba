"""The grammar: patterns of phrases, and what each phrase over the nodes means, most specific first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

TRANSPARENT = frozenset({"DEGREE", "VERY", "ADVERB", "DISTANCE"})
"""Kinds that may stand anywhere inside a match."""

_TARGETS = frozenset(
    {"NP", "LIGHTS", "UNNAMED", "PLACE", "SIDE", "PRONOUN", "EVERY", "REST", "FRAME", "SUBJECT", "NEAR", "NOTHING"}
)


class Step(NamedTuple):
    """One element of a pattern: the kinds it matches, whether it is optional, whether it is a target."""

    kinds: frozenset[str]
    optional: bool
    target: bool


class Match(NamedTuple):
    """The indices of the nodes that a pattern matched, in order, and of the targets among them."""

    nodes: tuple[int, ...]
    targets: tuple[int, ...]


@cache
def compile_pattern(pattern: str) -> tuple[Step, ...]:
    """Steps of a pattern: kinds separated by "|", "?" after optional ones, "t" for whatever can be in focus."""
    steps = []
    for element in pattern.split():
        names = element.rstrip("?")
        kinds = _TARGETS if names == "t" else frozenset(names.split("|"))
        steps.append(Step(kinds, element.endswith("?"), names == "t"))
    return tuple(steps)


def starting_kinds(pattern: str) -> frozenset[str]:
    """The kinds a match of a pattern can begin with."""
    kinds: frozenset[str] = frozenset()
    for step in compile_pattern(pattern):
        kinds |= step.kinds
        if not step.optional:
            break
    return kinds


def match_at(steps: tuple[Step, ...], kinds: Sequence[str], at: int) -> Match | None:
    """The match of a compiled pattern that begins exactly at a node, or None.

    Args:
        steps: of `compile_pattern`.
        kinds: the kind of each node; "" for one that another match uses.
        at: where to begin.
    """
    used = _match(steps, 0, kinds, at, begun=False)
    if used is None:
        return None
    return Match(tuple(i for i, _ in used), tuple(i for i, target in used if target))


def _match(
    steps: tuple[Step, ...], first: int, kinds: Sequence[str], at: int, *, begun: bool
) -> list[tuple[int, bool]] | None:
    for number in range(first, len(steps)):
        step, here = steps[number], at
        while begun and here < len(kinds) and kinds[here] in TRANSPARENT and kinds[here] not in step.kinds:
            here += 1
        if here < len(kinds) and kinds[here] in step.kinds:
            rest = _match(steps, number + 1, kinds, here + 1, begun=True)
            if rest is not None:
                return [(here, step.target), *rest]
        if not step.optional:
            return None
    return []


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase pattern (see `patterns`) and its meaning, by the name that the reader knows."""

    pattern: str
    meaning: str

    @property
    def starts(self) -> frozenset[str]:
        """The kinds a match can begin with."""
        return starting_kinds(self.pattern)


def _rules(meaning: str, *patterns: str) -> tuple[Rule, ...]:
    return tuple(Rule(pattern, meaning) for pattern in patterns)


RULES: tuple[Rule, ...] = (
    *_rules(
        "everything",
        "SHARP FROM t TO t",
        "EVERY FROM t TO t BE? SHARP",
        "KEEP? EVERY BE? SHARP END? FROM t TO t",
        "MAKE_SHARP",
        "REMOVE EVERY? PLACE? BLUR",
        "DEEP",
    ),
    *_rules(
        "rack",
        "RACK|FOCUS NP FROM t TO t",
        "FROM t SHARP? END? AND? THEN|TO|FINISH TO|ON|PREP? t",
        "BETWEEN t AND t",
        "BEGIN FOCUS? SHARP? COLON|ON|PREP? t SHARP? END? AND? THEN|FINISH|RACK RACK|FINISH|FOCUS? FOCUS?"
        " SHARP? TO|ON|PREP|COLON? t",
        "FIRST FOCUS? SHARP? ON|PREP? t SHARP? END? AND? THEN|FINISH|RACK RACK|FINISH|FOCUS? FOCUS? TO|ON|PREP? t",
        "FOCUS FIRST? COLON|ON|PREP|TO? FIRST? t FIRST? END? AND? THEN|FINISH RACK|FINISH|FOCUS? FOCUS? TO|ON|PREP? t",
        "t SHARP? FIRST END? AND? THEN? t",
        "t SHARP? END? THEN t SHARP?",
        "RACK FOCUS? COLON|ON|END? t TO t",
        "FOCUS COLON|ON? t TO t",
    ),
    *_rules("rack back", "RACK|FOCUS FOCUS? TO t FROM t"),
    *_rules("focus on", "RACK FOCUS? TO|ON t", "RACK FOCUS FINISH TO|ON? t"),
    *_rules("focus instead", "CORRECTION END? KEEP|FOCUS|SHARPEN? ON? t"),
    *_rules(
        "begin blurred",
        "FROM BLUR TO SHARP ON? t",
        "BEGIN BLUR END? AND|PREP? THEN|FINISH|RACK FINISH|FOCUS? ON|TO|PREP? t",
    ),
    *_rules("focus on", "NOT FOCUS? ON? t EXCEPT FOCUS? ON? t"),
    *_rules("do not focus", "NOT KEEP? FOCUS ON|PREP? t", "EXCEPT FOCUS ON t"),
    *_rules(
        "all except",
        "SHARPEN EVERY|REST EXCEPT t",
        "KEEP? EVERY KEEP? BE? SHARP EXCEPT t",
        "KEEP? EVERY EXCEPT t BE? SHARP",
        "FOCUS ON EVERY EXCEPT t",
    ),
    *_rules(
        "focus on",
        "EXCEPT t END? KEEP? EVERY|REST KEEP? BE? BLUR",
        "EXCEPT t END? BLUR EVERY|REST|FRAME",
        "BLUR EVERY|REST|FRAME EXCEPT t SHARP?",
        "KEEP? EVERY|REST BE? BLUR EXCEPT t SHARP?",
        "KEEP? EVERY|REST EXCEPT t BE? BLUR",
        "NOTHING EXCEPT t BE? SHARP",
        "KEEP? NOTHING BE? SHARP EXCEPT t",
    ),
    *_rules("no blur", "NOT KEEP? PLACE BLUR"),
    *_rules("blur place", "PLACE BE? TOO_SHARP", "NOT SHARP PLACE"),
    *_rules(
        "do not blur",
        "NOT BLUR ON|PREP? t",
        "NOT VERB t",
        "NOT KEEP t BE? BLUR",
        "NOT KEEP BLUR t",
        "t BE? NOT BE? BLUR",
        "t NOT BE? BLUR",
        "NOT t BE? BLUR",
        "NOTHING BE? BLUR",
        "KEEP NOTHING BLUR",
        "BLUR NOTHING",
    ),
    *_rules("no blur", "NOT LIKE|KEEP? BLUR|DOF", "BLUR COLON|BE? NOT"),
    *_rules("no glow", "NOT GLOW LIGHTS?", "NOT LIGHTS"),
    *_rules(
        "everything",
        "KEEP? EVERY KEEP? BE? SHARP",
        "SHARPEN EVERY|FRAME",
        "FOCUS COLON|ON|PREP? EVERY",
        "KEEP? FRAME BE? SHARP",
        "SHARP FRAME",
        "SHARP EVERY",
    ),
    *_rules(
        "blur both",
        "BLUR PLACE AND PLACE",
        "KEEP? PLACE AND PLACE BE? BLUR",
    ),
    *_rules(
        "blur place",
        "BLUR ON|PREP|TO? PLACE",
        "BLUR EVERY|REST PREP PLACE",
        "KEEP PLACE KEEP? BE? BLUR",
        "PLACE BE? TO|PREP? BLUR",
        "PLACE COLON BLUR",
    ),
    *_rules(
        "focus on",
        "FOCUS BE? COLON|PREP|ON|TO? ONLY? COLON|PREP|ON|TO? t",
        "KEEP? ONLY? t KEEP? BE? ONLY? SHARP",
        "ONLY KEEP? t BE? SHARP?",
        "t FOCUS",
        "DOF ON t",
        "SHARPEN COLON|ON|PREP|TO? t",
        "SUBJECT BE|COLON? t",
        "t BE SUBJECT|FOCUS",
        "PRONOUN_BE ON|PREP? t",
        "KEEP t POP",
        "t BE? POP",
    ),
    *_rules(
        "blur around",
        "BLUR EVERY|REST|PLACE|UNNAMED PREP|EXCEPT t",
        "KEEP? EVERY|REST|PLACE|UNNAMED PREP t BE? TO? BLUR",
        "KEEP PREP t KEEP? BE? TO? BLUR",
        "BLUR PREP t",
    ),
    *_rules(
        "focus on",
        "SHARP ON|PREP|COLON? ONLY? t",
    ),
    *_rules("focus on", "LIGHTS PREP t"),
    *_rules("blur", "BLUR EVERY|REST|FRAME", "KEEP? EVERY|REST|FRAME BE? TO? BLUR"),
    *_rules("blur thing", "BLUR NP", "KEEP? NP BE? TO|PREP? BLUR"),
    *_rules("glow", "KEEP? LIGHTS BE? POP", "GLOW LIGHTS", "KEEP? LIGHTS BE? GLOW"),
    *_rules("do not focus", "NOT t", "EXCEPT t"),
)
"""Tried in this order over the whole prompt; a node belongs to at most one match."""

OPPOSITE = {
    "background": "foreground",
    "foreground": "background",
    "nearest": "farthest",
    "farthest": "nearest",
    "center": None,
}
"""What is sharp when this place is blurred."""
