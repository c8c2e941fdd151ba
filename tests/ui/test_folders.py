import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.ui.folders import DOWNLOAD_S, ResultFolders


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_each_result_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = ResultFolders(tmp_path)
    first, second = folders.new(), folders.new()
    (first / "frame.png").write_text("x")
    folders.remove(first)
    assert not first.exists()
    assert second.is_dir()


def test_only_own_folders_are_removed(tmp_path: Path) -> None:
    folders, other = ResultFolders(tmp_path), tmp_path / "other"
    other.mkdir()
    folders.remove(other)
    folders.remove(None)
    assert other.is_dir()


def test_a_start_sweeps_what_a_killed_process_left_but_not_what_lives(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from refocus.ui.folders import ResultFolders

(ResultFolders(Path(sys.argv[1])).new() / "frame.png").write_text("x")
os._exit(1)
"""
    alive = ResultFolders(tmp_path)
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    left = set(tmp_path.iterdir()) - {alive.root}
    assert len(left) == 1
    ResultFolders(tmp_path)
    assert not left.pop().exists()
    assert alive.root.is_dir()


def test_a_start_leaves_folders_of_such_a_name_that_are_not_ours(tmp_path: Path) -> None:
    theirs = tmp_path / "refocus-app-notes"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("months of work")
    os.utime(theirs, (0, 0))
    elsewhere = ResultFolders(_folder(tmp_path / "elsewhere"))
    (tmp_path / "refocus-app-link").symlink_to(elsewhere.root)
    ResultFolders(tmp_path)
    assert (theirs / "thesis.txt").read_text() == "months of work"
    assert elsewhere.root.is_dir()


def _age(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    """Let time pass: files cannot be given an older time of change."""
    for clock in ("time", "monotonic"):
        now_s = getattr(time, clock)() + by_s
        monkeypatch.setattr(f"refocus.ui.folders.time.{clock}", lambda now_s=now_s: now_s)


def _uploaded(folders: ResultFolders, name: str = "sha") -> Path:
    (folders.root / name).mkdir()
    (folders.root / name / "cat.jpg").write_text("x")
    return folders.root / name / "cat.jpg"


def test_everything_of_a_session_goes_with_it_but_what_another_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = ResultFolders(tmp_path)
    folder, shared, own = folders.new("one"), _uploaded(folders, "shared"), _uploaded(folders, "own")
    for session in ("one", "two"):
        folders.use_upload(str(shared), session)
    folders.use_upload(str(own), "one")
    folders.end_session("one", had_page=True)
    assert not folder.exists()
    _age(monkeypatch, 120)
    folders.sweep()
    assert (shared.exists(), own.exists()) == (True, False)


def test_an_upload_sent_again_just_before_its_session_ends_stays(tmp_path: Path) -> None:
    folders = ResultFolders(tmp_path)
    upload = _uploaded(folders)
    folders.use_upload(str(upload), "one")
    folders.end_session("one", had_page=True)
    folders.sweep()
    assert upload.exists()


def test_what_a_program_made_or_nobody_used_goes_after_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = ResultFolders(tmp_path)
    (file := folders.new() / "cat.mp4").write_text("x")
    fetched, unused, broken = folders.for_download(file), _uploaded(folders), folders.root / "tmp_half_an_upload"
    broken.write_text("x")
    used = _uploaded(folders, "used")
    folders.use_upload(str(used), "program")
    folders.end_session("program", had_page=False)
    _age(monkeypatch, DOWNLOAD_S - 60)
    folders.sweep()
    assert all(path.exists() for path in (fetched, unused, broken, used))
    _age(monkeypatch, 120)
    folders.sweep()
    assert not any(path.exists() for path in (fetched, unused, broken, used))


def test_what_every_page_opens_with_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = ResultFolders(tmp_path)
    picture = _uploaded(folders)
    folders.keep_present()
    _age(monkeypatch, 2 * DOWNLOAD_S)
    folders.sweep()
    assert picture.exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file"))
    with pytest.raises(BadInput, match=r"Temporary files cannot be written to .*file: .* Set GRADIO_TEMP_DIR"):
        ResultFolders()
