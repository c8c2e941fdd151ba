"""The index of prepared photos: one JSON object a line, with paths relative to the index's folder."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from refocus.core import BadInput
from refocus.core.user_text import name_bytes
from refocus.media import atomic_path

INDEX_FILE = "index.jsonl"

Route = Literal["pairs", "synthetic", "exif", "apertures", "shapes"]
"""Where a row comes from: pairs of a blurred and a sharp photo; a sharp photo, blurred by the renderer when it is read;
a photo with EXIF; a photo of an aperture series; a night scene composed from its seed."""
Split = Literal["train", "val"]

_NEEDED: dict[Route, tuple[str, ...]] = {
    "pairs": ("sharp", "blurred"),
    "synthetic": ("sharp", "disparity"),
    "exif": ("sharp", "blurred", "disparity", "k_per_long_side", "focus_diopters"),
    "apertures": ("sharp", "blurred", "disparity", "k_per_long_side", "focus_diopters"),
    "shapes": ("seed",),
}
_FILES = ("sharp", "blurred", "disparity", "pre_deblurred")


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photo, pair of photos or scene.

    Attributes:
        route: where it comes from.
        name: unique in the index.
        scene: photos of one scene are all in the same split.
        split: "train" or "val".
        licence: of the photo, as the user stated it; "" when not stated.
        sharp: file of the all-in-focus picture, relative to the index, as all files.
        blurred: file of the photo with blur, of the same size.
        disparity: .npy file, (height, width) float16 diopters, of the same size.
        pre_deblurred: file of the blurred photo as sharpened by another method.
        k_per_long_side: Genfocus' K, a blur radius in pixels per diopter, divided by the long side in pixels.
        focus_diopters: the disparity in focus.
        k_from: "exif" or "ssim", how K was found.
        ssim: of the photo and its rendering with K.
        f_number: of the photo.
        metric: False when the diopters are an assumed range laid over a relative map.
        seed: of a night scene.

    Raises:
        BadInput: when a value that the route needs is missing, or a number is impossible.
    """

    route: Route
    name: str
    scene: str
    split: Split
    licence: str = ""
    sharp: str | None = None
    blurred: str | None = None
    disparity: str | None = None
    pre_deblurred: str | None = None
    k_per_long_side: float | None = None
    focus_diopters: float | None = None
    k_from: str | None = None
    ssim: float | None = None
    f_number: float | None = None
    metric: bool = True
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.route not in get_args(Route) or self.split not in get_args(Split):
            raise BadInput(f"{self.name!r} has the route {self.route!r} and the split {self.split!r}, one is unknown.")
        missing = [name for name in _NEEDED[self.route] if getattr(self, name) is None]
        if missing:
            raise BadInput(f"{self.name} of the route {self.route} lacks {', '.join(missing)}.")
        for name in ("k_per_long_side", "focus_diopters"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise BadInput(f"{self.name} has {name} = {value!r}, but it must be a finite number, 0 or more.")
        for name in _FILES:
            path = getattr(self, name)
            if path is not None and (Path(path).is_absolute() or ".." in Path(path).parts):
                raise BadInput(f"{self.name} names {path}, which is not a path within the index's folder.")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; fields that are not set are left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class PhotoIndex:
    """The rows of an index and the folder of their files."""

    folder: Path
    rows: tuple[PhotoRow, ...]

    @classmethod
    def read(cls, path: Path) -> "PhotoIndex":
        """Read an index.

        Args:
            path: index.jsonl, or its folder.

        Raises:
            BadInput: when it is missing or empty, a line is damaged, or a file that a row names is missing.
        """
        path = path / INDEX_FILE if path.is_dir() else path
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} cannot be read.", todo="Make it with a `prepare` command.") from error
        rows = tuple(_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
        if not rows:
            raise BadInput(f"{path} has no rows.", todo="Prepare at least one photo.")
        for row in rows:
            for name in _FILES:
                file = getattr(row, name)
                if file is not None and not (path.parent / file).is_file():
                    raise BadInput(f"{path} names {file}, which is missing.", todo="Run the `prepare` command again.")
        return cls(path.parent, rows)

    def of(self, *, split: Split, routes: Sequence[Route]) -> "PhotoIndex":
        """The rows of one split and of some routes; may be none."""
        return PhotoIndex(self.folder, tuple(row for row in self.rows if row.split == split and row.route in routes))


def write_index(path: Path, rows: Iterable[PhotoRow]) -> None:
    """Write an index, atomically. Raises BadInput when it cannot be written."""
    with atomic_path(path) as partial:
        partial.write_text("".join(f"{json.dumps(row.to_json())}\n" for row in rows), encoding="utf-8")


def split_of(scene: str, val_percent: int) -> Split:
    """The split of a scene, from a hash of its name, so that it stays when photos are added."""
    share = int.from_bytes(hashlib.sha256(name_bytes(scene)).digest()[:4]) / 2**32
    return "val" if 100 * share < val_percent else "train"


def row_from_json(described: Any) -> PhotoRow:
    """A row from plain JSON values.

    Raises:
        BadInput: when they are not those of a row.
    """
    known = {field.name for field in fields(PhotoRow)}
    if not isinstance(described, dict) or not described.keys() <= known:
        raise BadInput(f"{described!r} is not a row of an index.")
    try:
        return PhotoRow(**described)
    except TypeError as error:
        raise BadInput(f"{described!r} is not a row of an index ({error}).") from error


def _row(path: Path, number: int, line: str) -> PhotoRow:
    try:
        return row_from_json(json.loads(line))
    except (ValueError, BadInput) as error:  # BadInput is a ValueError, too
        raise BadInput(f"Line {number} of {path} cannot be used: {error}", todo="Prepare the photos again.") from error
