"""What the nodes of a prompt say of the lens: f-number, focal length, focus distance and shape of the aperture."""

from collections.abc import Sequence

from refocus.prompts.noun_phrases import Node


def f_number(nodes: Sequence[Node]) -> float | None:
    """The last f-number; one that only names the lens ("an f/1.2 lens at f/4") counts less."""
    found = [i for i, node in enumerate(nodes) if node.kind == "FNUMBER" and not _is_negated(nodes, i)]
    settings = [i for i in found if not _names_lens(nodes, i)]
    chosen = (settings or found)[-1:]
    if not chosen:
        return _of_named_lens(nodes, 1)
    value = nodes[chosen[0]].value
    return value if isinstance(value, float | int) else None


def focal_length_mm(nodes: Sequence[Node]) -> float | None:
    """The last focal length in mm, or that of a lens known by its name."""
    value = _last_value(nodes, "FOCAL")
    return value if value is not None else _of_named_lens(nodes, 0)


def focus_distance_m(nodes: Sequence[Node]) -> float | None:
    """The last distance in metres."""
    return _last_value(nodes, "DISTANCE")


def aperture(nodes: Sequence[Node]) -> str | None:
    """The last shape; the circle gives way to any other."""
    shapes = [str(node.value) for i, node in enumerate(nodes) if node.kind == "SHAPE" and not _is_negated(nodes, i)]
    found = [shape for shape in shapes if shape != "circle"] or shapes
    return found[-1] if found else None


def _names_lens(nodes: Sequence[Node], at: int) -> bool:
    before = nodes[at - 1].kind if at else ""
    after = nodes[at + 1].kind if at + 1 < len(nodes) else ""
    return before == "FOCAL" or after == "LENS"


def _of_named_lens(nodes: Sequence[Node], index: int) -> float | None:
    lenses = [node.value for node in nodes if node.kind == "NAMED"]
    return lenses[-1][index] if lenses and isinstance(lenses[-1], tuple) else None


def _last_value(nodes: Sequence[Node], kind: str) -> float | None:
    values = [node.value for node in nodes if node.kind == kind]
    return float(values[-1]) if values and isinstance(values[-1], float | int) else None


def _is_negated(nodes: Sequence[Node], at: int) -> bool:
    return at > 0 and nodes[at - 1].kind in ("NOT", "EXCEPT")
