"""People change their minds in the middle of a prompt: what they take back is not read."""

from collections.abc import Sequence

from refocus.prompts.noun_phrases import Node


def without_corrected(nodes: Sequence[Node]) -> Sequence[Node]:
    """Without clauses that are taken back: "blur the background. No, blur the foreground"."""
    for at, node in enumerate(nodes):
        ahead = [other.kind for other in nodes[at + 1 : at + 3] if other.kind != "END"]
        if node.kind != "CORRECTION" or ahead[:1] not in (["BLUR"], ["FOCUS"], ["SHARPEN"], ["KEEP"]):
            continue
        end = at - 1 if at and nodes[at - 1].kind == "END" else at
        start = max((i + 1 for i in range(end) if nodes[i].kind == "END"), default=0)
        if ahead[0] in {other.kind for other in nodes[start:end]}:
            return without_corrected([*nodes[:start], *nodes[at + 1 :]])
    return nodes
