"""The index of focal stacks: one JSON object a line, a scene each, with paths relative to the index."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.user_text import name_bytes
from refocus.media.atomic import atomic_path

Split = Literal["train", "val", "test"]


@dataclass(frozen=True, slots=True)
class StackRow:
    """One scene.

    Attributes:
        scene: its name, unique in the index.
        split: "train", "val" or "test".
        photos: nine files, nearest focus first, relative to the folder of the index.
        licence: as the user stated it; "" when not stated.
    """

    scene: str
    split: Split
    photos: tuple[str, ...]
    licence: str = ""

    def __post_init__(self) -> None:
        if self.split not in get_args(Split):
            raise BadInput(f"The split of {self.scene} is {self.split!r}.", todo="Choose train, val or test.")
        if len(self.photos) != DEFAULT_FRAMES:
            raise BadInput(f"{self.scene} has {len(self.photos)} photos, but {DEFAULT_FRAMES} are needed.")


def read_index(path: Path) -> list[StackRow]:
    """Read an index.

    Raises:
        BadInput: when it cannot be read, or a line is not a scene of nine photos.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path} cannot be read: {error}.", todo="Make it with `python -m refocus train prepare focal-stack`."
        ) from error
    return [_row(path, number, line) for number, line in enumerate(lines, 1)]


def _row(path: Path, number: int, line: str) -> StackRow:
    try:
        described = json.loads(line)
        return StackRow(**{**described, "photos": tuple(described["photos"])})
    except (ValueError, KeyError, TypeError) as error:  # BadInput is a ValueError
        raise BadInput(f"Line {number} of {path} is no scene: {error}", todo="Make the index again.") from error


def rows_of(path: Path, split: Split) -> list[StackRow]:
    """The scenes of one split; may be none. Raises BadInput as `read_index`."""
    return [row for row in read_index(path) if row.split == split]


def write_index(path: Path, rows: Iterable[StackRow]) -> None:
    """Write an index, atomically. Raises BadInput when it cannot be written."""
    with atomic_path(path) as partial:
        partial.write_text("".join(f"{json.dumps(asdict(row))}\n" for row in rows), encoding="utf-8")


def split_of(scene: str, test_percent: float) -> Split:
    """The split of a scene that no list names, from a hash of its name, so that it stays when scenes are added."""
    share = int.from_bytes(hashlib.sha256(name_bytes(scene)).digest()[:4]) / 2**32
    return "test" if 100 * share < test_percent else "train"
