"""Recognize the files of an earlier result by size and hash, so that only those are ever replaced or removed."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from refocus.core import BadInput

FILES, CONTENT_SHA256 = "files", "content_sha256"
"""Keys in the description of a result: the digests of its other files, and its own."""

_MAX_LISTED = 10


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and hash of a file, to detect modifications.

    Attributes:
        size: in bytes.
        sha256: of its content, hexadecimal.
    """

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileDigest":
        """The digest of a file."""
        with path.open("rb") as file:
            return cls(os.stat(path).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    def matches(self, path: Path) -> bool:
        """Whether a path is a file, not a link, with this content."""
        return is_plain_file(path) and path.stat().st_size == self.size and FileDigest.of(path) == self


Digests = Mapping[str, FileDigest]
"""Digests by file name."""


def is_plain_file(path: Path) -> bool:
    """Whether a path is a file, and not a link."""
    return path.is_file() and not path.is_symlink()


def with_files(described: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Add the digests of a folder's files, and of the description itself, to the description of a result.

    Args:
        described: JSON values.
        folder: contains the files of the result and nothing else.
    """
    files = {path.name: asdict(FileDigest.of(path)) for path in sorted(folder.iterdir())}
    listed = json.loads(json.dumps({**described, FILES: files}, allow_nan=False))  # as it is read back
    return {**listed, CONTENT_SHA256: _content_sha256(listed)}


def listed_files(described: Mapping[str, Any], names: Iterable[str]) -> dict[str, FileDigest]:
    """Digests listed in a description, limited to `names`; invalid ones are left out."""
    listed = described.get(FILES)
    values = {name: listed.get(name) for name in names} if isinstance(listed, dict) else {}
    return {
        name: FileDigest(value["size"], value["sha256"])
        for name, value in values.items()
        if isinstance(value, dict) and isinstance(value.get("size"), int) and isinstance(value.get("sha256"), str)
    }


def description_digest(path: Path, described: Mapping[str, Any]) -> FileDigest:
    """The digest of a description that lists files; it matches no file when the description was modified."""
    rest = {key: value for key, value in described.items() if key != CONTENT_SHA256}
    return FileDigest.of(path) if described.get(CONTENT_SHA256) == _content_sha256(rest) else FileDigest(-1, "")


def check_replaceable(folder: Path, names: Iterable[str], own: Digests) -> None:
    """Check that no files would be overwritten that are not from an earlier result, or were modified since.

    Args:
        folder: for the result; may be missing.
        names: of all files that the result may contain.
        own: the files of the earlier result.

    Raises:
        BadInput: names the files.
    """
    wanted = {name.casefold() for name in names}
    existing = sorted(path for path in folder.iterdir() if path.name.casefold() in wanted) if folder.is_dir() else []
    foreign = [
        f"{path.name} ({'changed since it was written' if path.name in own else 'not from an earlier result'})"
        for path in existing
        if path.name not in own or not own[path.name].matches(path)
    ]
    if foreign:
        more = f", and {len(foreign) - _MAX_LISTED} more" if len(foreign) > _MAX_LISTED else ""
        raise BadInput(
            f"Files in {folder} are in the way: {', '.join(foreign[:_MAX_LISTED])}{more}.",
            todo="Choose another folder, or move them away.",
        )


def _content_sha256(described: Mapping[str, Any]) -> str:
    plain = json.dumps(described, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
