"""Matches phrase patterns such as "KEEP? t BE? SHARP" against the kinds of nodes."""

from collections.abc import Sequence
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
