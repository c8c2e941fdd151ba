import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.media import atomic_folder, atomic_path
from refocus.media.atomic import finish_interrupted
from refocus.media.file_digests import FileDigest


class Stop(BaseException):
    """Like Ctrl-C: no Exception."""


def _write(context: AbstractContextManager[Path], *names: str, error: type[BaseException] | None = None) -> None:
    """Write into a place: a file, or files of these names in a folder; then fail with `error`."""
    with context as partial:
        for path in [partial / name for name in names] or [partial]:
            path.write_text("newer")
        if error is not None:
            raise error


def _marks(folder: Path, *names: str) -> dict[str, FileDigest]:
    return {name: FileDigest.of(folder / name) for name in names}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "new" / "video.mp4"
    with atomic_path(final) as partial:
        partial.write_text("whole")
        assert partial.suffix == ".mp4"  # encoders go by it
        assert not final.exists()
    assert final.read_text() == "whole"
    assert _names(final.parent) == ["video.mp4"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, Stop])
def test_a_failed_write_leaves_the_older_file(tmp_path: Path, error: type[BaseException]) -> None:
    final = tmp_path / "video.mp4"
    final.write_text("older")
    with pytest.raises(error):
        _write(atomic_path(final), error=error)
    assert final.read_text() == "older"
    assert _names(tmp_path) == ["video.mp4"]


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with atomic_path(tmp_path / "ours") as partial:
        partial.write_text("x")
    assert stat.S_IMODE(os.stat(tmp_path / "ours").st_mode) == stat.S_IMODE(os.stat(tmp_path / "plain").st_mode)


def test_names_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    final = tmp_path / ("x" * 251 + ".mp4")
    with atomic_path(final) as partial:
        partial.write_text("x")
    assert final.exists()


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for place in (
        atomic_path(tmp_path / "file" / "a.png"),
        atomic_path(tmp_path / "folder"),
        atomic_path(tmp_path / ("x" * 300)),
        atomic_folder(tmp_path / "file"),
        atomic_folder(tmp_path / "file" / "sub"),
        atomic_folder(tmp_path / ("x" * 300)),
    ):
        with pytest.raises(BadInput) as caught:
            _write(place)
        assert caught.value.todo
    assert _names(tmp_path) == ["file", "folder"]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root, and any user on Windows, may write there")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="permission denied"), atomic_path(tmp_path / "a.png") as partial:
        partial.write_text("x")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("make", [atomic_path, atomic_folder])
def test_a_disk_that_fills_up_is_the_users_to_mend(tmp_path: Path, make: Callable) -> None:
    with pytest.raises(BadInput, match="no space left"), make(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_block_itself_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), atomic_path(tmp_path / "a"):
        raise ConnectionResetError(104, "not about the place")


def test_a_folder_appears_when_all_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("stays")
    (folder / "a.png").write_text("older")
    with atomic_folder(folder, own=_marks(folder, "a.png")) as partial:
        (partial / "a.png").write_text("newer")
        (partial / "b.png").write_text("newer")
        assert (folder / "a.png").read_text() == "older"
    assert _names(folder) == ["a.png", "b.png", "mine.txt"]
    assert (folder / "a.png").read_text() == "newer"


@pytest.mark.parametrize("existed", [True, False])
def test_a_failed_folder_changes_nothing(tmp_path: Path, existed: bool) -> None:
    folder = tmp_path / "deep" / "out"
    if existed:
        folder.mkdir(parents=True)
        (folder / "a.png").write_text("older")
    with pytest.raises(Stop):
        _write(atomic_folder(folder), "a.png", error=Stop)
    assert folder.exists() == existed
    if existed:
        assert (folder / "a.png").read_text() == "older"
        assert _names(folder) == ["a.png"]


def test_own_files_go_and_all_others_stay(tmp_path: Path) -> None:
    for name in ("frame_00.png", "frame_07.png", "frame_08.png"):
        (tmp_path / name).write_text("older")
    with atomic_folder(tmp_path, own=_marks(tmp_path, "frame_00.png", "frame_07.png")) as partial:
        (partial / "frame_00.png").write_text("newer")
    assert _names(tmp_path) == ["frame_00.png", "frame_08.png"]
    assert (tmp_path / "frame_00.png").read_text() == "newer"


@pytest.mark.parametrize("there", ["folder", "link", "stranger", "changed"])
def test_what_is_in_the_way_is_found_before_anything_moves(tmp_path: Path, there: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "elsewhere").write_text("older")
    (folder / "b.png").write_text("written before")
    own = _marks(folder, "b.png")
    (folder / "b.png").unlink()
    if there == "folder":
        (folder / "b.png").mkdir()
    elif there == "link":
        (folder / "b.png").symlink_to(tmp_path / "elsewhere")
    else:
        (folder / "b.png").write_text("of the user")
    with pytest.raises(BadInput, match=r"in the way: b\.png"):
        _write(atomic_folder(folder, own={} if there == "stranger" else own), "a.png", "b.png")
    assert _names(folder) == ["b.png"]
    assert (tmp_path / "elsewhere").read_text() == "older"


_KILLED = """
import os, sys
from pathlib import Path
from refocus.media import atomic_folder
from refocus.media.file_digests import FileDigest

folder, step = Path(sys.argv[1]), int(sys.argv[2])
calls = 0

def killing(call):
    def counted(*args, **kw):
        global calls
        calls += 1
        if calls > step:
            os._exit(9)
        return call(*args, **kw)
    return counted

own = {name: FileDigest.of(folder / name) for name in ("a.png", "b.png", "z.json")}
with atomic_folder(folder, own=own, last="z.json") as partial:
    for name in ("a.png", "c.png", "z.json"):
        (partial / name).write_text("newer")
    os.replace, os.rename, os.unlink, os.rmdir = map(killing, (os.replace, os.rename, os.unlink, os.rmdir))
"""


@pytest.mark.parametrize("step", range(10))
def test_a_process_killed_while_it_replaces_files_leaves_the_older_or_the_newer_ones(tmp_path: Path, step: int) -> None:
    for name in ("a.png", "b.png", "z.json"):
        (tmp_path / name).write_text("older")
    (tmp_path / "mine.png").write_text("mine")
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(step)], check=False)
    assert killed.returncode == (9 if step < 9 else 0)
    finish_interrupted(tmp_path)
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    older = dict.fromkeys(("a.png", "b.png", "z.json"), "older")
    newer = dict.fromkeys(("a.png", "c.png", "z.json"), "newer")
    assert found == {**(older if step == 0 else newer), "mine.png": "mine"}


def test_files_put_in_the_place_after_a_kill_are_not_replaced(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "z.json"):
        (tmp_path / name).write_text("older")
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), "1"], check=False)
    (tmp_path / "c.png").write_text("mine")
    with pytest.raises(BadInput, match=r"changed since: c\.png"):
        finish_interrupted(tmp_path)
    assert (tmp_path / "c.png").read_text() == "mine"
    (tmp_path / "c.png").unlink()
    finish_interrupted(tmp_path)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"newer"}


def test_a_crafted_journal_reaches_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    prepared = tmp_path / "out" / ".prepared-0000"
    prepared.mkdir(parents=True)
    mark = asdict(FileDigest.of(tmp_path / "mine.txt"))
    for journal in ({"last": "", "written": {}, "older": {"../mine.txt": mark}}, {"last": ""}, ["other"]):
        (prepared / "journal.json").write_text(json.dumps(journal))
        finish_interrupted(tmp_path / "out")
    assert (tmp_path / "mine.txt").read_text() == "mine"


_KILLED_WHILE_WRITING = """
import os, sys
from refocus.media import atomic_folder, atomic_path

with atomic_folder(sys.argv[1]) as folder, atomic_path(sys.argv[1] + "/cat.jpg") as file:
    (folder / "a.png").write_text("half")
    file.write_text("half")
    if len(sys.argv) > 2:
        print("writes", flush=True)
        sys.stdin.read()
    os._exit(9)
"""


@pytest.mark.parametrize("write", [atomic_path, atomic_folder])
def test_what_a_killed_process_began_is_swept_and_nothing_else(tmp_path: Path, write: Callable) -> None:
    subprocess.run([sys.executable, "-c", _KILLED_WHILE_WRITING, str(tmp_path)], check=False)
    began = set(_names(tmp_path))
    assert len(began) == 4  # a file, a folder, and their locks
    theirs = [".partial-notes.refocus-lock", ".thesis.partial-1.tex", ".thesis.partial-1.tex.refocus-lock"]
    for name in theirs:
        (tmp_path / name).write_text("months of work")
    (tmp_path / ".partial-notes").mkdir()
    (tmp_path / ".x.partial-0123abcd.png").symlink_to(tmp_path / theirs[1])
    (tmp_path / ".x.partial-0123abcd.png.refocus-lock").symlink_to(tmp_path / theirs[2])
    others = set(_names(tmp_path)) - began
    with write(tmp_path / "a.png" if write is atomic_path else tmp_path) as place:
        (place if write is atomic_path else place / "a.png").write_text("newer")
    assert set(_names(tmp_path)) == {*others, "a.png"}
    assert all((tmp_path / name).read_text() == "months of work" for name in theirs)


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED_WHILE_WRITING, str(tmp_path), "wait"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        partial = _names(tmp_path)
        with atomic_path(tmp_path / "a.png") as file, atomic_folder(tmp_path) as folder:
            file.write_text("newer")
            (folder / "b.png").write_text("newer")
        assert _names(tmp_path) == sorted([*partial, "a.png", "b.png"])
        other.kill()
    with atomic_path(tmp_path / "a.png") as file:
        file.write_text("newest")
    assert _names(tmp_path) == ["a.png", "b.png"]
