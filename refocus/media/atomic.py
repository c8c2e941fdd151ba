"""Atomic writing: files appear under their final names complete or not at all."""

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from refocus.core import BadInput
from refocus.media.file_digests import Digests, FileDigest, check_replaceable, is_plain_file
from refocus.media.output_paths import check_output_file

_PARTIAL, _PREPARED = ".partial-", ".prepared-"
_LOCK = ".refocus-lock"
_LOCK_OF_PARTIAL = re.compile(rf"(\..{{0,40}})?{re.escape(_PARTIAL)}[0-9a-f]{{8}}(\..*)?{re.escape(_LOCK)}", re.DOTALL)
_JOURNAL, _LISTS = "journal.json", ("written", "older")

# Errors of a file system while it is written: full, over quota, or turned read-only.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@contextmanager
def atomic_path(final: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file: yields a temporary path in the same folder, moved to `final` when the block succeeds.

    The temporary name keeps the ending, so that encoders recognize the format. On any error, Ctrl-C included, the
    temporary file is removed and an older `final` is unchanged; that of a killed process is removed by the next write
    into the folder. Missing folders are created. When `final` is a link, its target is written and the link is kept.

    Raises:
        BadInput: when the path cannot be written, or is part of a focal stack.
    """
    check_output_file(final)
    final = Path(os.path.realpath(final))
    partial = final.with_name(f".{final.stem[:40]}.partial-{secrets.token_hex(4)}{final.suffix}")
    with _writing(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(final.parent)
    with _lock_beside(partial):
        with _writing(final):
            partial.touch()
        try:
            with _writing(final, only=_FULL):
                yield partial
            with _writing(final):
                os.replace(partial, final)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: str | os.PathLike[str], *, own: Digests | None = None, last: str = "") -> Iterator[Path]:
    """Write several files: yields an empty folder inside `folder`, whose files are moved up when the block succeeds.

    Only unmodified files of an earlier result are replaced, or removed when they are not written now; all other files
    in `folder` are unchanged. On any error nothing under a final name has changed. When the process is killed during
    the move, `finish_interrupted` completes it.

    Args:
        folder: created when missing, and then removed on failure.
        own: digests of the files of the earlier result.
        last: name of the file to be moved last, which indicates that the others are complete.

    Raises:
        BadInput: when the folder cannot be written, or a foreign file has the name of a written one.
    """
    folder = Path(os.path.realpath(folder))
    partial = folder / f"{_PARTIAL}{secrets.token_hex(4)}"
    with _writing(folder):
        existed = folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
    try:
        with _lock_beside(partial):
            with _writing(folder):
                partial.mkdir()
            with _writing(folder, only=_FULL):
                yield partial
            with _writing(folder):
                _move(_prepared(partial, folder, own or {}, last), folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not existed and not any(folder.iterdir()):
            folder.rmdir()


def finish_interrupted(folder: str | os.PathLike[str]) -> None:
    """Complete the move of `atomic_folder` in a killed process; remove what it had not written completely.

    Raises:
        BadInput: when the folder cannot be written, or its files were modified in the meantime.
    """
    folder = Path(folder)
    with _writing(folder):
        for prepared in sorted(folder.glob(f"{_PREPARED}*")):
            if is_plain_file(prepared / _JOURNAL) and not prepared.is_symlink():
                _move(prepared, folder)
        _remove_abandoned(folder)


@contextmanager
def _lock_beside(partial: Path) -> Iterator[None]:
    """Hold a lock while this process writes a file or folder; the system releases it when the process is killed."""
    from filelock import FileLock

    lock = FileLock(f"{partial}{_LOCK}")
    try:
        lock.acquire(timeout=0)
    except (OSError, NotImplementedError):  # a file system without locks, where nothing is swept
        yield
        return
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the partial files and folders of killed processes, whose locks are free."""
    with suppress(OSError), os.scandir(folder) as entries:
        found = [entry.path for entry in entries if _LOCK_OF_PARTIAL.fullmatch(entry.name) and not entry.is_symlink()]
        for path in found:
            _remove_if_abandoned(Path(path))


def _remove_if_abandoned(lock_file: Path) -> None:
    from filelock import FileLock, Timeout

    partial = Path(str(lock_file).removesuffix(_LOCK))
    lock = FileLock(lock_file)
    with suppress(OSError, NotImplementedError, Timeout):
        lock.acquire(timeout=0)
        if partial.is_dir() and not partial.is_symlink():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)
        lock.release()
        lock_file.unlink(missing_ok=True)


def _prepared(partial: Path, folder: Path, own: Digests, last: str) -> Path:
    """Rename the partial folder, with a journal of its files: from then on the move can be completed."""
    written = {path.name: FileDigest.of(path) for path in partial.iterdir()}
    check_replaceable(folder, (*written, *own), own)
    journal = {
        "last": last,
        "written": {name: asdict(mark) for name, mark in written.items()},
        "older": {name: asdict(mark) for name, mark in own.items()},
    }
    (partial / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
    return partial.rename(folder / f"{_PREPARED}{secrets.token_hex(4)}")


def _move(prepared: Path, folder: Path) -> None:
    """Move the files up. Can be repeated after any interruption, and run in two processes at once."""
    try:
        journal = json.loads((prepared / _JOURNAL).read_text(encoding="utf-8"))
        last = journal["last"]
        written, older = ({name: FileDigest(**mark) for name, mark in journal[key].items()} for key in _LISTS)
    except FileNotFoundError:
        return  # another process has moved it
    except (ValueError, TypeError, KeyError, AttributeError):
        return  # not written by this module
    if any(name != Path(name).name for name in (*written, *older)):
        return  # a journal of this module names no files of other folders
    _check_unmoved(folder, written, older)
    if last in older and older[last].matches(folder / last) and (prepared / last).exists():
        (folder / last).unlink(missing_ok=True)  # it would describe files that are being replaced
    for name in older.keys() - written.keys():
        if older[name].matches(folder / name):
            (folder / name).unlink(missing_ok=True)
    for name in sorted(written, key=lambda name: (name == last, name)):
        with suppress(FileNotFoundError):  # moved before the interruption
            os.replace(prepared / name, folder / name)
    shutil.rmtree(prepared, ignore_errors=True)


def _check_unmoved(folder: Path, written: Digests, older: Digests) -> None:
    """Raise BadInput when other files were put in the folder since the interruption."""
    changed = [
        name
        for name in sorted(written)
        if os.path.lexists(folder / name)
        and not written[name].matches(folder / name)
        and not (name in older and older[name].matches(folder / name))
    ]
    if changed:
        raise BadInput(
            f"Writing {folder} was interrupted before, and these files were changed since: {', '.join(changed)}.",
            todo="Move them away, then try again.",
        )


@contextmanager
def _writing(path: Path, *, only: frozenset[int] = frozenset()) -> Iterator[None]:
    """Convert operating system errors (only those with certain numbers, if given) to BadInput."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        raise BadInput(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}.", todo="Choose another place."
        ) from error
