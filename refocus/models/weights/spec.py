"""A repository of weights on the Hugging Face hub: its files, its licence and the revision that is used."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from refocus.core import BadInput, WeightsMissing

NO_REVISIONS: Mapping[str, str] = MappingProxyType({})
"""No revision is chosen: each spec keeps its own."""

_REPO = re.compile(r"[\w-][\w.-]*/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MAX_DEPTH = 4  # folders between a component and the root of its repository


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """The files of a hub repository that a model needs.

    Attributes:
        repo: owner/name on the hub.
        revision: a commit, tag or branch.
        files: paths in the repository, or patterns with *; nothing else is downloaded.
        licence: its name, as users read it before the download.
        size_bytes: approximate size of all files.
        gated: whether the hub asks for an account that accepted the licence.
        pinned: whether the user chose the revision, so that no other is accepted.
    """

    repo: str
    revision: str
    files: tuple[str, ...]
    licence: str
    size_bytes: int
    gated: bool = False
    pinned: bool = False

    @property
    def page(self) -> str:
        """Address of the model page."""
        return f"https://huggingface.co/{self.repo}"


def is_repo(name: str) -> bool:
    """Whether a name can be that of a hub repository, owner/name."""
    return _REPO.fullmatch(name) is not None


def pinned(spec: WeightsSpec, revisions: Mapping[str, str]) -> WeightsSpec:
    """The spec at the revision the user chose for its repository, if any.

    Args:
        spec: the default.
        revisions: a commit, tag or branch by repository (owner/name).
    """
    revision = revisions.get(spec.repo)
    return spec if revision is None else replace(spec, revision=revision, pinned=True)


def check_known(revisions: Mapping[str, str], specs: Iterable[WeightsSpec]) -> None:
    """Raise BadInput when a revision is chosen for a repository that is in none of the specs."""
    known = [spec.repo for spec in specs]
    for repo in revisions:
        if repo not in known:
            raise BadInput(
                f"A revision is chosen for {repo}, which no engine uses.",
                todo=f"Set REFOCUS_REVISIONS for one of: {', '.join(known)}.",
            )


def commit_of(folder: Path) -> str | None:
    """The hub commit of the files in a folder: 40 hexadecimal digits, or None when it is not recorded.

    A hub cache has it in the folder's name (snapshots/COMMIT). `hf download --local-dir` writes it to the first line
    of .cache/huggingface/download/*.metadata.
    """
    for parent in (folder, *folder.parents[:_MAX_DEPTH]):
        if parent.parent.name == "snapshots" and _COMMIT.fullmatch(parent.name):
            return parent.name
        metadata = next((parent / ".cache" / "huggingface" / "download").rglob("*.metadata"), None)
        if metadata is not None:
            commit = metadata.read_text(encoding="utf-8").partition("\n")[0]
            return commit if _COMMIT.fullmatch(commit) else None
    return None


def weights_used(folders: Mapping[WeightsSpec, Path], own: Iterable[Path] = ()) -> dict[str, str | None]:
    """The commit of each repository that a model was loaded from; None where its folder does not record it.

    Args:
        folders: by repository.
        own: files and folders of weights that the user trained; they have no commit, and are named by the end of
            their path, such as "checkpoint-500/unet": visitors of the app must not learn where they are.
    """
    commits = {spec.repo: commit_of(folder) for spec, folder in folders.items()}
    return {**commits, **{"/".join(path.absolute().parts[-2:]): None for path in own}}


def check_commit(folder: Path, spec: WeightsSpec) -> None:
    """Raise WeightsMissing when a folder is known to hold another commit than the one the user chose."""
    commit = commit_of(folder)
    if spec.pinned and _COMMIT.fullmatch(spec.revision) and commit not in (None, spec.revision):
        raise WeightsMissing(
            f"{folder} holds {spec.repo} at {commit}, but REFOCUS_REVISIONS asks for {spec.revision}.",
            todo="Download that revision, or ask for the one in the folder.",
        )
