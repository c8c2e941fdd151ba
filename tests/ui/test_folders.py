import os
import subprocess
import sys
from pathlib import Path

from refocus.ui.folders import ResultFolders


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
