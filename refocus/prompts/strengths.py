"""How much: each word of degree belongs to the nearest word for blur or glow, and together they make a number."""

from collections.abc import Sequence, Set

from refocus.prompts.noun_phrases import Node
from refocus.prompts.vocabulary import BARELY, DEFAULT, EXTREME, MEDIUM, SHALLOW, SLIGHT, STRONG

_HOSTS = frozenset({"BLUR", "DOF", "GLOW", "OPEN"})
_VERY_STEP = 0.1


def degrees_by_host(nodes: Sequence[Node], muted: Set[int]) -> dict[int, list[Node]]:
    """For each word of blur, openness or glow (by index): the words of degree that speak of it.

    Args:
        nodes: of the whole prompt.
        muted: indices of hosts that were denied ("don't blur the dog").
    """
    hosts = [i for i, node in enumerate(nodes) if node.kind in _HOSTS and i not in muted]
    found: dict[int, list[Node]] = {host: [] for host in hosts}
    clause_of = _clauses(nodes)
    for i, node in enumerate(nodes):
        if node.kind not in ("DEGREE", "VERY"):
            continue
        near = [host for host in hosts if clause_of[host] == clause_of[i]]
        if not near and _stands_alone(nodes, i):
            near = [host for host in hosts if host < i][-1:]
        if near:
            found[min(near, key=lambda host: (abs(host - i), host < i))].append(node)
    return found


def strength(host: Node, degrees: Sequence[Node]) -> float:
    """The number, 0 to 1, for a word of blur or glow and its words of degree."""
    base = host.value if isinstance(host.value, float) else DEFAULT if host.kind != "GLOW" else MEDIUM
    amounts = [node.value for node in degrees if isinstance(node.value, float)]
    very = any(node.kind == "VERY" and node.text != "too" for node in degrees)
    value = base
    if amounts:
        held_back = any(node.text.startswith(("not ", "but not ")) for node in degrees)
        value = SLIGHT if held_back else sum(amounts) / len(amounts)
        if value >= STRONG and base >= SHALLOW:
            value = min(EXTREME, max(value, base) + _VERY_STEP)
    if not very:
        return round(value, 2)
    if amounts and value <= MEDIUM:
        return round(max(_VERY_STEP, value - _VERY_STEP), 2)
    if not amounts and base == DEFAULT:
        return STRONG
    if value < MEDIUM:
        return BARELY
    return round(min(EXTREME, value + _VERY_STEP), 2)


def _clauses(nodes: Sequence[Node]) -> list[int]:
    clause, clauses = 0, []
    for node in nodes:
        clause += node.kind == "END"
        clauses.append(clause)
    return clauses


def _stands_alone(nodes: Sequence[Node], at: int) -> bool:
    """ "blur the background, strongly"."""
    start = at
    while start > 0 and nodes[start - 1].kind != "END":
        start -= 1
    end = at
    while end + 1 < len(nodes) and nodes[end + 1].kind != "END":
        end += 1
    return all(node.kind in ("DEGREE", "VERY", "ADVERB", "AND", "COLON") for node in nodes[start : end + 1])
