"""Strength of blur and glow, 0 to 1, from words of degree and the words for blur or glow that they belong to."""

from collections.abc import Sequence, Set

from refocus.prompts.lens_settings import f_number
from refocus.prompts.noun_phrases import Node
from refocus.prompts.vocabulary import BARELY, DEFAULT, EXTREME, MEDIUM, SHALLOW, SLIGHT, STRONG

_HOSTS = frozenset({"BLUR", "DOF", "GLOW", "OPEN"})
_VERY_STEP = 0.1


def blur_strength(nodes: Sequence[Node], negated: Set[int], used: Sequence[bool]) -> float | None:
    """The strength of blur; None without a word for it.

    An amount wins over a mere word for blur. Words for an open aperture count only without either and without an
    f-number.

    Args:
        nodes: of the whole prompt.
        negated: indices of negated nodes.
        used: for each node whether a rule matched it.
    """
    shaped = any(node.kind == "SHAPE" for node in nodes)
    amounts, defaults, openness = [], [], []
    for host, degrees in _degrees_by_host(nodes, negated).items():
        node, value = nodes[host], _strength(nodes[host], degrees)
        if node.kind == "OPEN":
            openness.append(value)
        elif node.kind != "GLOW" and (isinstance(node.value, float) or degrees):
            amounts.append(value)
        elif node.kind != "GLOW" and not (shaped and node.value == "look" and not used[host]):
            defaults.append(value)
    if amounts or defaults:
        return max(amounts or defaults)
    return openness[-1] if openness and f_number(nodes) is None else None


def glow_strength(nodes: Sequence[Node], negated: Set[int], default: float | None) -> float | None:
    """The strength of the glow of lights; without a word for it `default`, or else the amount of highlights."""
    degrees = _degrees_by_host(nodes, negated)
    values = [_strength(nodes[host], words) for host, words in degrees.items() if nodes[host].kind == "GLOW"]
    if values:
        return values[-1]
    return default if default is not None else _amount_of_highlights(nodes)


def is_portrait(nodes: Sequence[Node]) -> bool:
    """Whether the prompt asks for a portrait mode."""
    return any(node.kind == "PORTRAIT" for node in nodes)


def _amount_of_highlights(nodes: Sequence[Node]) -> float | None:
    """ "strong highlights", "highlights: 40 %"."""
    amount = None
    for i, node in enumerate(nodes):
        if node.kind != "LIGHTS" or "highlight" not in node.text:
            continue
        after = i + 2 if nodes[i + 1 : i + 2] and nodes[i + 1].kind == "COLON" else len(nodes)
        for beside in (*nodes[max(0, i - 1) : i], *nodes[after : after + 1]):
            if beside.kind == "DEGREE" and isinstance(beside.value, float):
                amount = beside.value
    return amount


def _degrees_by_host(nodes: Sequence[Node], negated: Set[int]) -> dict[int, list[Node]]:
    """The words of degree of each word for blur, openness or glow, by its index.

    Args:
        nodes: of the whole prompt.
        negated: indices of negated words ("don't blur the dog").
    """
    hosts = [i for i, node in enumerate(nodes) if node.kind in _HOSTS and i not in negated]
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


def _strength(host: Node, degrees: Sequence[Node]) -> float:
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
