from dataclasses import replace
from pathlib import Path

import pytest

from refocus.core import BadInput, WeightsMissing
from refocus.models.weights.hub import find_repo
from refocus.models.weights.spec import WeightsSpec, check_commit, check_known, commit_of, pinned

FIRST, SECOND = "1" * 40, "2" * 40
SPEC = WeightsSpec(repo="maker/lens", revision="main", files=("*",), licence="none", size_bytes=1)


def snapshot(root: Path, commit: str) -> Path:
    folder = root / "models--maker--lens" / "snapshots" / commit
    (folder / "unet").mkdir(parents=True)
    return folder


def test_a_revision_is_pinned_by_repository_and_no_other_will_do() -> None:
    assert pinned(SPEC, {"maker/other": FIRST}) == SPEC
    assert pinned(SPEC, {"maker/lens": FIRST}) == replace(SPEC, revision=FIRST, pinned=True)


def test_a_revision_for_a_repository_nobody_uses_is_refused() -> None:
    check_known({"maker/lens": "main"}, [SPEC])
    with pytest.raises(BadInput, match="maker/lenss, which no engine uses") as caught:
        check_known({"maker/lenss": "main"}, [SPEC])
    assert "maker/lens" in caught.value.todo


def test_the_cache_s_folder_tells_the_commit_from_any_depth(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, FIRST)
    assert commit_of(folder) == FIRST
    assert commit_of(folder / "unet") == FIRST


def test_a_download_into_a_folder_leaves_the_commit_behind(tmp_path: Path) -> None:
    metadata = tmp_path / ".cache" / "huggingface" / "download" / "unet" / "config.json.metadata"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"{SECOND}\nabcdef\n1700000000.0\n")
    assert commit_of(tmp_path) == SECOND
    metadata.write_text("")
    assert commit_of(tmp_path) is None


def test_a_folder_of_somebody_s_own_tells_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path / "lens" / "unet") is None


def test_the_only_snapshot_stands_in_unless_the_revision_was_chosen(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, FIRST)
    assert find_repo(tmp_path, SPEC) == folder
    assert find_repo(tmp_path, pinned(SPEC, {SPEC.repo: SECOND})) is None
    assert find_repo(tmp_path, pinned(SPEC, {SPEC.repo: FIRST})) == folder


def test_a_folder_known_to_hold_another_commit_is_refused(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, FIRST)
    check_commit(folder, SPEC)
    check_commit(folder, pinned(SPEC, {SPEC.repo: FIRST}))
    check_commit(tmp_path, pinned(SPEC, {SPEC.repo: SECOND}))  # what does not tell is believed
    with pytest.raises(WeightsMissing, match="REFOCUS_REVISIONS asks for 2222"):
        check_commit(folder, pinned(SPEC, {SPEC.repo: SECOND}))
