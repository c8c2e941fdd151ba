"""A table of facts about photos, for those whose EXIF was removed: CSV with a column `file` and any of the others."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from refocus.core import BadInput
from refocus.core.numbers import real
from refocus.media import Camera

_NUMBERS = ("focal_length_mm", "f_number", "focal_length_35mm", "sensor_width_mm", "focus_distance_m")
_WORDS = ("licence", "scene")
COLUMNS = ("file", *_NUMBERS, *_WORDS)


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What a table says of one photo; None or "" for what it leaves open.

    Attributes:
        focal_length_mm, f_number, focal_length_35mm: as in `Camera`.
        sensor_width_mm: of the sensor's long side.
        focus_distance_m: distance in focus.
        licence, scene: as in `PhotoRow`.
    """

    focal_length_mm: float | None = None
    f_number: float | None = None
    focal_length_35mm: float | None = None
    sensor_width_mm: float | None = None
    focus_distance_m: float | None = None
    licence: str = ""
    scene: str = ""

    def completed(self, camera: Camera) -> Camera:
        """The camera with the facts in place of what EXIF says."""
        told = {name: getattr(self, name) for name in ("focal_length_mm", "f_number", "focal_length_35mm")}
        return replace(camera, **{name: value for name, value in told.items() if value is not None})


Facts = Mapping[str, PhotoFacts]
"""By the photo's name: its path within the folder, without the ending."""


def read_facts(path: Path | None) -> Facts:
    """Read a table; none is an empty one.

    Raises:
        BadInput: when it cannot be read, has an unknown column, or a number is not positive.
    """
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            columns = table.fieldnames or []
            unknown = [name for name in columns if name not in COLUMNS]
            if "file" not in columns or unknown:
                raise BadInput(
                    f"{path} has the columns {', '.join(columns) or 'none'}.",
                    todo=f"It needs `file`, and may have {', '.join(COLUMNS[1:])}.",
                )
            return {Path(line["file"]).with_suffix("").as_posix(): _facts(path, line) for line in table}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV: {error}.", todo="Save it as CSV in UTF-8.") from error


def _facts(path: Path, line: Mapping[str, str | None]) -> PhotoFacts:
    given = {name: value.strip() for name, value in line.items() if name in COLUMNS and value and value.strip()}
    place = f"{path}, {given.get('file', '')}"
    numbers = {name: _positive(f"{place}, {name}", given[name]) for name in _NUMBERS if name in given}
    return PhotoFacts(**numbers, licence=given.get("licence", ""), scene=given.get("scene", ""))


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise BadInput(f"{name} is {text!r}.", todo="Give a number.") from error
    return real(name, value, 1e-6, 1e6)
