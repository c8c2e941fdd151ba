"""Files appear under their final names complete or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refocus.core import BadInput

# The place failed while it was being written: full, over quota, or gone read-only.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def check_place(final: str | os.PathLike[str]) -> None:
    """Refuse a place where no file can be written, before there is work to lose. Nothing is made.

    Raises:
        BadInput: when it is a folder, or lies in no folder that can be written.
    """
    final = Path(final)
    if final.is_dir():
        raise BadInput(f"{final} is a folder, so no file of that name can be written.", todo="Give a file name.")
    nearest = next(folder for folder in final.absolute().parents if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        why = "is no folder" if not nearest.is_dir() else "may not be written to"
        raise BadInput(f"{final} cannot be written: {nearest} {why}.", todo="Choose another place.")


@contextmanager
def atomic_path(final: str | os.PathLike[str]) -> Iterator[Path]:
    """Write one file: yields a temporary path beside `final`, moved over it when the block ends well.

    The temporary name keeps the ending, so that encoders recognise the format. On any error, Ctrl-C included,
    the temporary file is removed and an older `final` stays as it was. Missing folders are made.

    Raises:
        BadInput: when the place cannot be written.
    """
    final = Path(final)
    partial = final.with_name(f".{final.stem[:40]}.partial-{secrets.token_hex(4)}{final.suffix}")
    with _place(final):
        check_place(final)
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
def atomic_folder(folder: str | os.PathLike[str], *, replaces: str = "", last: str = "") -> Iterator[Path]:
    """Write many files: yields an empty folder inside `folder`; its files are moved up when the block ends well.

    Files of other names already in `folder` stay. On any error nothing under a final name has changed.

    Args:
        folder: made when missing, and removed again on failure if it was.
        replaces: a pattern such as "frame_*.png": older files that match it and were not written now are removed.
        last: the file that is moved after all others, so that who finds it finds them.

    Raises:
        BadInput: when the place cannot be written.
    """
    folder = Path(folder)
    partial = folder / f".partial-{secrets.token_hex(4)}"
    with _place(folder):
        existed = folder.exists()
        partial.mkdir(parents=True)
    try:
        with _place(folder, only=_FULL):
            yield partial
        with _place(folder):
            _move_up(partial, folder, replaces, last)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not existed and not any(folder.iterdir()):
            folder.rmdir()


def _move_up(partial: Path, folder: Path, replaces: str, last: str) -> None:
    written = sorted((path.name for path in partial.iterdir()), key=lambda name: (name == last, name))
    for name in written:
        if (folder / name).is_dir():
            raise BadInput(
                f"{folder / name} is a folder, so no file of that name can be written.", todo="Choose another place."
            )
    if last:
        (folder / last).unlink(missing_ok=True)  # an older one must not stand beside newer files
    if replaces:
        for stale in set(folder.glob(replaces)) - {folder / name for name in written}:
            stale.unlink()
    for name in written:
        os.replace(partial / name, folder / name)


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
