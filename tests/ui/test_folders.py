import os
import time
from pathlib import Path

from refocus.ui.folders import ResultFolders


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
    dead, alive = ResultFolders(tmp_path), ResultFolders(tmp_path)
    two_days_ago = time.time() - 2 * 86_400
    os.utime(dead.root, (two_days_ago, two_days_ago))
    ResultFolders(tmp_path)
    assert not dead.root.exists()
    assert alive.root.is_dir()


def test_a_root_that_is_used_stays_young(tmp_path: Path) -> None:
    folders = ResultFolders(tmp_path)
    os.utime(folders.root, (0, 0))
    folders.new()
    ResultFolders(tmp_path)
    assert folders.root.is_dir()
