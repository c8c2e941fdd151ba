"""Files of an earlier result in a folder: known by size and hash, so that only they are ever replaced or removed."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from refocus.core import BadInput

FILES, CONTENT_SHA256 = "files", "content_sha256"
"""What a description of a result says of the files beside it, and of itself."""

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What tells a file that was written from one that was changed since.

    Attributes:
        size: in bytes.
        sha256: of its content, hexadecimal.
    """

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileDigest":
        """The mark of a file as it is now."""
        with path.open("rb") as file:
            return cls(os.stat(path).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    def fits(self, path: Path) -> bool:
        """Whether a file is one of its own name, not a link, and has this content."""
        return is_plain_file(path) and path.stat().st_size == self.size and FileDigest.of(path) == self


Digests = Mapping[str, FileDigest]
"""By file name."""


def is_plain_file(path: Path) -> bool:
    """Whether there is a file itself, no folder and no link."""
    return path.is_file() and not path.is_symlink()


def with_files(described: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A description of a result that also lists the files in its folder, and can tell whether it was changed itself.

    Args:
        described: plain JSON values.
        folder: holds the result's files and nothing else.
    """
    files = {path.name: asdict(FileDigest.of(path)) for path in sorted(folder.iterdir())}
    listed = json.loads(json.dumps({**described, FILES: files}, allow_nan=False))  # as it will be read again
    return {**listed, CONTENT_SHA256: _content_sha256(listed)}


def listed_files(described: Mapping[str, Any], names: Iterable[str]) -> dict[str, FileDigest]:
    """The files a description lists, of the names that its kind of result can have; what makes no sense is left out."""
    listed = described.get(FILES)
    marks = {name: listed.get(name) for name in names} if isinstance(listed, dict) else {}
    return {
        name: FileDigest(mark["size"], mark["sha256"])
        for name, mark in marks.items()
        if isinstance(mark, dict) and isinstance(mark.get("size"), int) and isinstance(mark.get("sha256"), str)
    }


def description_digest(path: Path, described: Mapping[str, Any]) -> FileDigest:
    """The mark of a description that lists files; it fits no file when the description was changed since."""
    rest = {key: value for key, value in described.items() if key != CONTENT_SHA256}
    return FileDigest.of(path) if described.get(CONTENT_SHA256) == _content_sha256(rest) else FileDigest(-1, "")


def check_replaceable(folder: Path, names: Iterable[str], own: Digests) -> None:
    """Refuse to write where files are in the way that are not from an earlier result, or were changed since.

    Args:
        folder: for the result; it need not exist.
        names: all that the result writes, and what an earlier one may have written.
        own: the files of the earlier result.

    Raises:
        BadInput: naming the files.
    """
    wanted = {name.casefold() for name in names}
    there = sorted(path for path in folder.iterdir() if path.name.casefold() in wanted) if folder.is_dir() else []
    strange = [
        f"{path.name} ({'changed since it was written' if path.name in own else 'not from an earlier result'})"
        for path in there
        if path.name not in own or not own[path.name].fits(path)
    ]
    if strange:
        more = f", and {len(strange) - _MOST_NAMED} more" if len(strange) > _MOST_NAMED else ""
        raise BadInput(
            f"Files in {folder} are in the way: {', '.join(strange[:_MOST_NAMED])}{more}.",
            todo="Choose another folder, or move them away.",
        )


def _content_sha256(described: Mapping[str, Any]) -> str:
    plain = json.dumps(described, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
