"""Files appear under their final names complete or not at all."""

import errno
import json
import os
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
_JOURNAL, _LISTS = "journal.json", ("written", "older")

# The place failed while it was being written: full, over quota, or gone read-only.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@contextmanager
def atomic_path(final: str | os.PathLike[str]) -> Iterator[Path]:
    """Write one file: yields a temporary path beside `final`, moved over it when the block ends well.

    The temporary name keeps the ending, so that encoders recognise the format. On any error, Ctrl-C included,
    the temporary file is removed and an older `final` stays as it was. Missing folders are made. When `final` is a
    link, the file it leads to is written and the link stays.

    Raises:
        BadInput: when the place cannot be written, or is part of a focal stack.
    """
    check_output_file(final)
    final = Path(os.path.realpath(final))
    partial = final.with_name(f".{final.stem[:40]}.partial-{secrets.token_hex(4)}{final.suffix}")
    with _place(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
    try:
        with _place(final, only=_FULL):
            yield partial
        with _place(final):
            os.replace(partial, final)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: str | os.PathLike[str], *, own: Digests | None = None, last: str = "") -> Iterator[Path]:
    """Write many files: yields an empty folder inside `folder`; its files are moved up when the block ends well.

    Only files of an earlier result that nobody changed since are replaced, or removed when they were not written now;
    all other files in `folder` stay as they are. On any error nothing under a final name has changed. A process that
    is killed while the files are moved leaves what is still to be moved; `finish_interrupted` goes on with it.

    Args:
        folder: made when missing, and removed again on failure if it was.
        own: the files of the earlier result, as they were written.
        last: the file that is moved after all others, so that who finds it finds them.

    Raises:
        BadInput: when the place cannot be written, or another file has the name of one that was written.
    """
    folder = Path(folder)
    partial = folder / f"{_PARTIAL}{secrets.token_hex(4)}"
    with _place(folder):
        existed = folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
    try:
        with _lock_beside(partial):
            with _place(folder):
                partial.mkdir()
            with _place(folder, only=_FULL):
                yield partial
            with _place(folder):
                _move(_prepared(partial, folder, own or {}, last), folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not existed and not any(folder.iterdir()):
            folder.rmdir()


def finish_interrupted(folder: str | os.PathLike[str]) -> None:
    """Move the files that a killed process had written whole, but not all moved to their final names.

    What one had not written whole is removed.

    Raises:
        BadInput: when the place cannot be written, or somebody has changed the files there in the meantime.
    """
    folder = Path(folder)
    with _place(folder):
        for prepared in sorted(folder.glob(f"{_PREPARED}*")):
            if is_plain_file(prepared / _JOURNAL) and not prepared.is_symlink():
                _move(prepared, folder)
        _remove_abandoned(folder)


@contextmanager
def _lock_beside(partial: Path) -> Iterator[None]:
    """Hold a lock as long as this process works on a folder; the system frees it when the process is killed."""
    from filelock import FileLock

    lock = FileLock(f"{partial}{_LOCK}")
    try:
        lock.acquire(timeout=0)
    except (OSError, NotImplementedError):  # a file system without locks: nothing is swept there
        yield
        return
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a killed process had begun to write: its lock is there and free."""
    from filelock import FileLock, Timeout

    for path in folder.glob(f"{_PARTIAL}*{_LOCK}"):
        lock = FileLock(path)
        with suppress(OSError, NotImplementedError, Timeout):
            lock.acquire(timeout=0)
            shutil.rmtree(str(path).removesuffix(_LOCK), ignore_errors=True)
            lock.release()
            path.unlink(missing_ok=True)


def _prepared(partial: Path, folder: Path, own: Digests, last: str) -> Path:
    """The written files, and what is to be done with them, in a folder that counts from the moment it has its name."""
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
    """Move the files up. May be called again after it was interrupted at any point, and by two processes at once."""
    try:
        journal = json.loads((prepared / _JOURNAL).read_text(encoding="utf-8"))
        last = journal["last"]
        written, older = ({name: FileDigest(**mark) for name, mark in journal[key].items()} for key in _LISTS)
    except FileNotFoundError:
        return  # another process was faster
    except (ValueError, TypeError, KeyError, AttributeError):
        return  # none of ours
    if any(name != Path(name).name for name in (*written, *older)):
        return  # ours never name files of other folders
    _check_unmoved(folder, written, older)
    if last in older and older[last].fits(folder / last) and (prepared / last).exists():
        (folder / last).unlink(missing_ok=True)  # an older one must not stand beside newer files
    for name in older.keys() - written.keys():
        if older[name].fits(folder / name):
            (folder / name).unlink(missing_ok=True)
    for name in sorted(written, key=lambda name: (name == last, name)):
        with suppress(FileNotFoundError):  # moved before
            os.replace(prepared / name, folder / name)
    shutil.rmtree(prepared, ignore_errors=True)


def _check_unmoved(folder: Path, written: Digests, older: Digests) -> None:
    """Between a killed process and the one that goes on, somebody may have put other files in the place."""
    changed = [
        name
        for name in sorted(written)
        if os.path.lexists(folder / name)
        and not written[name].fits(folder / name)
        and not (name in older and older[name].fits(folder / name))
    ]
    if changed:
        raise BadInput(
            f"Writing {folder} was interrupted before, and these files were changed since: {', '.join(changed)}.",
            todo="Move them away, then try again.",
        )


@contextmanager
def _place(path: Path, *, only: frozenset[int] = frozenset()) -> Iterator[None]:
    """Turns operating system errors (of the `only` numbers, if given) into a sentence about the place."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        raise BadInput(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}.", todo="Choose another place."
        ) from error
