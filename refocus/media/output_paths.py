"""Where a result may be written: never over a file that is read, and never over a part of a focal stack.

Every command and every Python writer asks here before there is work to lose.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from refocus.core import BadInput

STACK_JSON = "stack.json"

# Broader than what is written today: who reads the folder would take `disparity.webp` for the stack's own, too.
_STACK_NAME = re.compile(r"frame_\d\d\.png|all_in_focus\.png|(disparity|stack)\.[^/\\]+", re.IGNORECASE)

AnyPath = str | os.PathLike[str]


def check_output_file(path: AnyPath, inputs: Iterable[AnyPath] = ()) -> None:
    """Refuse a place where no file can be written, or where one would replace or join what is read.

    Files are compared as the file system knows them: through links, hard links and names in another case. Nothing
    is made. A new file in the folder of a stack is fine as long as its name is none of the stack's.

    Args:
        path: the file to be written; it may exist.
        inputs: files and folders that are read; those that do not exist are passed over.

    Raises:
        BadInput: saying what is in the way and what to do.
    """
    path = Path(path)
    if os.path.isdir(path):
        raise BadInput(f"{path} is a folder, so no file of that name can be written.", todo="Give a file name.")
    if os.path.islink(path) and not os.path.exists(path):
        raise BadInput(f"{path} is a link to a file that does not exist.", todo="Choose another file name.")
    _check_writable(path, _real(path).parent)
    for place in {_own_place(path), _real(path)}:
        if _STACK_NAME.fullmatch(place.name) and is_stack_folder(place.parent):
            raise BadInput(
                f"{path} would replace or pass for a part of the focal stack in {path.parent}.",
                todo="Choose another file name.",
            )
    for source in _existing(inputs):
        if any(_is_same(path, file) for file in _files_read(path, source)):
            raise BadInput(f"The output {path} would replace the input {source}.", todo="Choose another file name.")
        if source.is_dir() and not is_stack_folder(source) and _is_in(path, source):
            raise BadInput(f"The output {path} lies in the input {source}.", todo="Choose another folder.")


def check_output_folder(folder: AnyPath, inputs: Iterable[AnyPath] = ()) -> None:
    """Refuse a place where no folder can be made, or a folder that is an input or directly holds an input file.

    Nothing is made. Inputs in folders below are in no danger, since results are written into this folder alone.

    Args:
        folder: for the results; it may exist.
        inputs: files and folders that are read; those that do not exist are passed over.

    Raises:
        BadInput: saying what is in the way and what to do.
    """
    folder = Path(folder)
    if os.path.islink(folder) and not os.path.exists(folder):
        raise BadInput(f"{folder} is a link to a folder that does not exist.", todo="Choose another folder.")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise BadInput(f"{folder} is a file, so no folder of that name can be made.", todo="Choose another place.")
    _check_writable(folder, _real(folder))
    for source in _existing(inputs):
        if _is_same(folder, source):
            raise BadInput(f"The output folder {folder} is the input {source}.", todo="Choose another folder.")
        if source.is_file() and any(_is_same(place.parent, folder) for place in {_own_place(source), _real(source)}):
            raise BadInput(f"The output folder {folder} holds the input {source}.", todo="Choose another folder.")


def is_stack_folder(folder: AnyPath) -> bool:
    """Whether a folder holds a focal stack, by the file that describes it."""
    return os.path.isfile(Path(folder) / STACK_JSON)


def _check_writable(path: Path, folder: Path) -> None:
    """The folder, or the nearest one above it that exists, must take new files."""
    nearest = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        why = "is no folder" if not os.path.isdir(nearest) else "may not be written to"
        raise BadInput(f"{path} cannot be written: {nearest} {why}.", todo="Choose another place.")


def _files_read(path: Path, source: Path) -> Iterator[Path]:
    """The files of an input that a file with this path might be, under the same name or another."""
    if not source.is_dir():
        yield source
    elif is_stack_folder(source):
        yield from (file for file in source.iterdir() if _STACK_NAME.fullmatch(file.name))
    elif os.path.exists(path) and os.stat(path).st_nlink > 1:  # only a file with several names can be one of them
        yield from (file for file in source.rglob("*") if file.is_file())


def _existing(inputs: Iterable[AnyPath]) -> list[Path]:
    return [Path(source) for source in inputs if os.path.exists(source)]


def _is_same(one: Path, other: Path) -> bool:
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _is_in(path: Path, folder: Path) -> bool:
    """Whether a path, or the file it is a link to, lies in a folder or the folders in it."""
    return any(_is_same(above, folder) for place in {_own_place(path), _real(path)} for above in place.parents)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _own_place(path: Path) -> Path:
    """Where the name itself is, be it a link."""
    return _real(path.parent) / path.name if os.path.islink(path) else _real(path)
