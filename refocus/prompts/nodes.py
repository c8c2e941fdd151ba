"""Terms to nodes: the elements that the rules of the grammar match."""

from collections.abc import Sequence

from refocus.prompts.noun_phrases import HORIZONTAL, Node, read_noun_phrase
from refocus.prompts.terms import Term

_DROPPED = frozenset({"FILLER", "DET", "MARK", "SIDEWORD", "REL", "TOWARDS"})


def read_nodes(terms: Sequence[Term]) -> list[Node]:
    """Nodes of a prompt, in order: noun phrases, and the other terms as they are, without words that mean nothing."""
    nodes: list[Node] = []
    at = 0
    while at < len(terms):
        phrase = read_noun_phrase(terms, at)
        if phrase is not None:
            node, at = phrase
            nodes.append(node)
            continue
        term, at = terms[at], at + 1
        if term.kind == "SIDE":
            while at < len(terms) and terms[at].kind == "SIDE":
                term, at = (terms[at] if terms[at].value in HORIZONTAL else term), at + 1
        if term.kind in ("SIDE", "PLACE"):
            at = _after_frame(terms, at)
        if term.kind == "END" and nodes and nodes[-1].kind == "END":
            continue
        if term.kind == "END" and nodes and nodes[-1].kind == "NOT" and (len(nodes) < 2 or nodes[-2].kind == "END"):
            nodes[-1] = nodes[-1]._replace(kind="CORRECTION")  # "no, the cat"
        if term.kind == "DISTANCE" and nodes and nodes[-1].kind in ("PREP", "ON"):
            nodes.pop()  # "standing 2 m away"
        if term.kind == "BE" and nodes and nodes[-1].kind == "BE":
            continue
        if term.kind not in _DROPPED:
            nodes.append(Node(term.kind, term.value, term.text, term.first, term.last))
    return nodes


def _after_frame(terms: Sequence[Term], at: int) -> int:
    """The index after " of the picture", which adds nothing to a side."""
    inner = at + 1
    while inner < len(terms) and terms[inner].kind == "DET":
        inner += 1
    linked = at < len(terms) and terms[at].text in ("of", "in")
    return inner + 1 if linked and inner < len(terms) and terms[inner].kind == "FRAME" else at


def without_corrected(nodes: Sequence[Node]) -> Sequence[Node]:
    """The nodes without clauses that the user corrects: "blur the background. No, blur the foreground"."""
    for at, node in enumerate(nodes):
        ahead = [other.kind for other in nodes[at + 1 : at + 3] if other.kind != "END"]
        if node.kind != "CORRECTION" or ahead[:1] not in (["BLUR"], ["FOCUS"], ["SHARPEN"], ["KEEP"]):
            continue
        end = at - 1 if at and nodes[at - 1].kind == "END" else at
        start = max((i + 1 for i in range(end) if nodes[i].kind == "END"), default=0)
        if ahead[0] in {other.kind for other in nodes[start:end]}:
            return without_corrected([*nodes[:start], *nodes[at + 1 :]])
    return nodes
