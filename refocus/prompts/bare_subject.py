"""A subject without a verb: "the red car on the left", "foreground, f/2"."""

from collections.abc import Sequence

from refocus.prompts.noun_phrases import Node
from refocus.prompts.vocabulary import COLOURS, SUBJECTS

_COMPANIONS = frozenset(
    {"FNUMBER", "FOCAL", "DISTANCE", "SHAPE", "HEAD", "APERTURE", "AND", "PREP", "ON", "OPEN", "LENS", "BAD", "DEGREE"}
)


def is_bare_subject(nodes: Sequence[Node], used: Sequence[bool], at: int) -> bool:
    """Whether a noun phrase stands for what is to be sharp because its clause says nothing else.

    Args:
        nodes: of the whole prompt.
        used: for each node whether a rule matched it.
        at: index of the node.
    """
    return nodes[at].kind == "NP" and _is_alone(nodes, used, at) and _names_a_thing(nodes[at])


def is_bare_place(nodes: Sequence[Node], used: Sequence[bool], at: int) -> bool:
    """Whether "foreground" or "center" stands beside nothing but numbers, or "closest" alone in its clause."""
    node = nodes[at]
    if not (node.kind == "PLACE" or (node.kind == "SIDE" and node.value == "center")):
        return False
    if node.value in ("nearest", "farthest") and _is_alone(nodes, used, at):
        return True
    neighbours = (nodes[i].kind for i in (at - 1, at + 1) if 0 <= i < len(nodes))
    return all(kind in ("END", "FNUMBER", "FOCAL") for kind in neighbours)


def _is_alone(nodes: Sequence[Node], used: Sequence[bool], at: int) -> bool:
    """Whether the rest of the clause is settings, parts of other rules, or a verb that is not in the vocabulary."""
    clause = []
    for step in (-1, 1):
        i = at + step
        while 0 <= i < len(nodes) and nodes[i].kind != "END":
            clause.append(i)
            i += step
    verb = at - 1 if at and nodes[at].definite and _is_unknown_verb(nodes, at - 1) else None
    return all(i == verb or used[i] or _is_companion(nodes[i]) for i in clause)


def _is_companion(node: Node) -> bool:
    return node.kind in _COMPANIONS or (node.kind == "BLUR" and node.value == "look")


def _is_unknown_verb(nodes: Sequence[Node], at: int) -> bool:
    """ "capture" in "capture the guitarist": a single word that begins the clause."""
    node = nodes[at]
    begins = at == 0 or nodes[at - 1].kind in ("END", "AND")
    return begins and node.kind == "NP" and not node.definite and " " not in node.text


def _names_a_thing(node: Node) -> bool:
    words = node.text.split()
    known = any(word in SUBJECTS or word in COLOURS for word in (*words, *(word.removesuffix("'s") for word in words)))
    return known or node.side is not None or (node.definite and len(words) <= 4)
