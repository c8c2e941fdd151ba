"""Which revision of published weights is used: chosen before, and told afterwards. Reads names only; needs no torch."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from refocus.core import BadInput, WeightsMissing
from refocus.models.weights import WeightsSpec

_COMMIT = re.compile(r"[0-9a-f]{40}")
NO_REVISIONS: Mapping[str, str] = MappingProxyType({})
"""None chosen: every spec as in its table."""

_FAR_UP = 4  # folders between a component's own and the repository's


def pinned(spec: WeightsSpec, revisions: Mapping[str, str]) -> WeightsSpec:
    """The spec at the revision chosen for its repository, if one is; then no other revision will do.

    Args:
        spec: from the table.
        revisions: a commit, tag or branch by repository (owner/name).
    """
    revision = revisions.get(spec.repo)
    return spec if revision is None else replace(spec, revision=revision, pinned=True)


def check_known(revisions: Mapping[str, str], specs: Iterable[WeightsSpec]) -> None:
    """Raise BadInput when a revision is chosen for a repository none of the specs names."""
    known = [spec.repo for spec in specs]
    for repo in revisions:
        if repo not in known:
            raise BadInput(
                f"A revision is chosen for {repo}, which no engine uses.",
                todo=f"Set REFOCUS_REVISIONS for some of: {', '.join(known)}.",
            )


def commit_of(folder: Path) -> str | None:
    """The commit of the hub that the files in a folder came from, when their place tells it.

    The hub's cache names its folders so (snapshots/COMMIT); a download with `hf download --local-dir` leaves the commit
    in the first line of .cache/huggingface/download/*.metadata.

    Returns:
        40 hexadecimal digits, or None.
    """
    for place in (folder, *folder.parents[:_FAR_UP]):
        if place.parent.name == "snapshots" and _COMMIT.fullmatch(place.name):
            return place.name
        told = next((place / ".cache" / "huggingface" / "download").rglob("*.metadata"), None)
        if told is not None:
            first, *_ = told.read_text(encoding="utf-8").splitlines() or [""]
            return first if _COMMIT.fullmatch(first) else None
    return None


def check_commit(folder: Path, spec: WeightsSpec) -> None:
    """Raise WeightsMissing when a folder is known to hold another commit than the one the user chose."""
    commit = commit_of(folder)
    if spec.pinned and _COMMIT.fullmatch(spec.revision) and commit not in (None, spec.revision):
        raise WeightsMissing(
            f"{folder} holds {spec.repo} at {commit}, but REFOCUS_REVISIONS asks for {spec.revision}.",
            todo="Download that revision, or ask for the one that is there.",
        )
