"""Check where results may be written: never over an input, and never over a part of a focal stack."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from refocus.core import BadInput

STACK_JSON = "stack.json"

# Broader than the names written: `disparity.webp` would look like a part of the stack, too.
_STACK_NAME = re.compile(r"frame_\d\d\.png|all_in_focus\.png|(disparity|stack)\.[^/\\]+", re.IGNORECASE)

AnyPath = str | os.PathLike[str]


def check_output_file(path: AnyPath, inputs: Iterable[AnyPath] = ()) -> None:
    """Check that a file can be written without replacing an input or a part of a stack, or being in an input folder.

    Paths are compared by file identity, through links, hard links and names in another case. Nothing is created. A new
    file in the folder of a stack is allowed unless it has a name of the stack's files.

    Args:
        path: the file to be written; may exist.
        inputs: files and folders that are read; missing ones are ignored.

    Raises:
        BadInput: when the check fails.
    """
    path = Path(path)
    if os.path.isdir(_real(path)):
        raise BadInput(f"{path} is a folder, so no file of that name can be written.", todo="Give a file name.")
    if os.path.islink(path) and not os.path.exists(path):
        raise BadInput(f"{path} is a link to a file that does not exist.", todo="Choose another file name.")
    _check_writable(path, _real(path).parent)
    for place in {_own_place(path), _real(path)}:
        if _STACK_NAME.fullmatch(place.name) and is_stack_folder(place.parent):
            raise BadInput(
                f"{path} would replace or look like a part of the focal stack in {path.parent}.",
                todo="Choose another file name.",
            )
    for source in _existing(inputs):
        if any(_is_same(path, file) for file in _files_read(path, source)):
            raise BadInput(f"The output {path} would replace the input {source}.", todo="Choose another file name.")
        if source.is_dir() and not is_stack_folder(source) and _is_in(path, source):
            raise BadInput(f"The output {path} is in the input {source}.", todo="Choose another folder.")


def check_output_folder(folder: AnyPath, inputs: Iterable[AnyPath] = ()) -> None:
    """Check that a folder can be created or written to, is not an input and does not directly contain an input file.

    Nothing is created. Inputs in subfolders are safe, because results are written to this folder only.

    Args:
        folder: for the results; may exist.
        inputs: files and folders that are read; missing ones are ignored.

    Raises:
        BadInput: when the check fails.
    """
    folder = Path(folder)
    if os.path.islink(folder) and not os.path.exists(folder):
        raise BadInput(f"{folder} is a link to a folder that does not exist.", todo="Choose another folder.")
    if os.path.exists(_real(folder)) and not os.path.isdir(_real(folder)):
        raise BadInput(f"{folder} is a file, so no folder of that name can be made.", todo="Choose another place.")
    _check_writable(folder, _real(folder))
    for source in _existing(inputs):
        if _is_same(folder, source):
            raise BadInput(f"The output folder {folder} is the input {source}.", todo="Choose another folder.")
        if source.is_file() and any(_is_same(place.parent, folder) for place in {_own_place(source), _real(source)}):
            raise BadInput(f"The output folder {folder} holds the input {source}.", todo="Choose another folder.")


def is_stack_folder(folder: AnyPath) -> bool:
    """Whether a folder contains a focal stack: its description stack.json."""
    return os.path.isfile(Path(folder) / STACK_JSON)


def _check_writable(path: Path, folder: Path) -> None:
    """The folder, or its nearest existing parent, must be writable."""
    nearest = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        reason = "is not a folder" if not os.path.isdir(nearest) else "is not writable"
        raise BadInput(f"{path} cannot be written: {nearest} {reason}.", todo="Choose another place.")


def _files_read(path: Path, source: Path) -> Iterator[Path]:
    """The files of an input that a path may refer to, under the same name or another."""
    if not source.is_dir():
        yield source
    elif is_stack_folder(source):
        yield from (file for file in source.iterdir() if _STACK_NAME.fullmatch(file.name))
    elif os.path.exists(_real(path)) and os.stat(_real(path)).st_nlink > 1:  # only a hard link can be one of them
        yield from (file for file in source.rglob("*") if file.is_file())


def _existing(inputs: Iterable[AnyPath]) -> list[Path]:
    return [Path(source) for source in inputs if os.path.exists(source)]


def _is_same(one: Path, other: Path) -> bool:
    one, other = _real(one), _real(other)
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _is_in(path: Path, folder: Path) -> bool:
    """Whether a path, or the target of a link, is in a folder or its subfolders."""
    return any(_is_same(above, folder) for place in {_own_place(path), _real(path)} for above in place.parents)


def _real(path: Path) -> Path:
    """Where a path leads once missing folders in it are made: `missing/..` is the folder that holds `missing`."""
    return Path(os.path.realpath(path))


def _own_place(path: Path) -> Path:
    """The absolute path of the name itself, also of a link."""
    return _real(path.parent) / path.name if os.path.islink(path) else _real(path)
