"""A small matcher for phrase rules: "KEEP? t BE? SHARP" over nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from refocus.prompt.noun_phrases import Node

TRANSPARENT = frozenset({"DEGREE", "VERY", "ADVERB"})
"""Kinds a rule looks through: how much, not what."""

_TARGETS = frozenset(
    {"NP", "LIGHTS", "UNNAMED", "PLACE", "SIDE", "PRONOUN", "EVERY", "REST", "FRAME", "SUBJECT", "NEAR", "NOTHING"}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a pattern: the kinds it takes, whether it may be missing, whether it is a target."""

    kinds: frozenset[str]
    optional: bool
    target: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched: the nodes it used, in order, and the targets among them."""

    nodes: tuple[int, ...]
    targets: tuple[int, ...]


@cache
def compile_pattern(pattern: str) -> tuple[Step, ...]:
    """Steps of a pattern: kinds parted by "|", "?" for those that may be missing, "t" for anything one can aim at."""
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


def match_at(pattern: str, nodes: Sequence[Node], taken: Mapping[int, bool] | Sequence[bool], at: int) -> Match | None:
    """The match of a pattern that begins exactly at a node and uses no taken node, or None."""
    return _match(compile_pattern(pattern), 0, nodes, taken, at, ())


def _match(
    steps: tuple[Step, ...],
    step: int,
    nodes: Sequence[Node],
    taken: Mapping[int, bool] | Sequence[bool],
    at: int,
    used: tuple[tuple[int, bool], ...],
) -> Match | None:
    if step == len(steps):
        return Match(tuple(i for i, _ in used), tuple(i for i, target in used if target))
    here = at
    while used and here < len(nodes) and nodes[here].kind in TRANSPARENT and nodes[here].kind not in steps[step].kinds:
        here += 1
    wanted = steps[step]
    if here < len(nodes) and not taken[here] and nodes[here].kind in wanted.kinds:
        found = _match(steps, step + 1, nodes, taken, here + 1, (*used, (here, wanted.target)))
        if found is not None:
            return found
    return _match(steps, step + 1, nodes, taken, at, used) if wanted.optional else None
