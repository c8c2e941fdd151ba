"""Strokes of a user that correct disparity, and their file format."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

from refocus.core import BadInput

StrokeKind = Literal["nearer", "farther", "same"]
STROKE_KINDS: tuple[StrokeKind, ...] = get_args(StrokeKind)
MAX_STROKES = 200
_MAX_POINTS = 20_000
_MAX_BYTES = 20_000_000
_TODO = 'Write {"strokes": [{"kind": "nearer", "points": [[0.4, 0.6], [0.5, 0.6]], "radius": 0.02}]}.'


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke on the picture.

    Attributes:
        kind: "nearer" and "farther" move the marked part and the rest of its object; "same" gives it the disparity
            at the start of the stroke.
        points: (x, y) of its line, each in [0, 1] from the picture's top left: x of the width, y of the height.
        radius: half the brush's width, as a share of the picture's long side, above 0 up to 0.25.
        strength: above 0 up to 1; for "nearer" and "farther" the shift as a share of the map's range, for "same" the
            weight of the new disparity.

    Raises:
        BadInput: on values outside these ranges.
    """

    kind: StrokeKind
    points: tuple[tuple[float, float], ...]
    radius: float = 0.02
    strength: float = 0.25

    def __post_init__(self) -> None:
        if self.kind not in STROKE_KINDS:
            raise BadInput(f"There is no stroke {self.kind!r}.", todo=f"Choose one of: {', '.join(STROKE_KINDS)}.")
        if not 1 <= len(self.points) <= _MAX_POINTS:
            raise BadInput(f"A stroke of {len(self.points)} points is not possible.", todo=_TODO)
        inside = all(len(point) == 2 and all(0 <= value <= 1 for value in point) for point in self.points)
        if not inside:  # also for NaN
            raise BadInput("A stroke leaves the picture.", todo="Its points are [x, y], each from 0 to 1.")
        if not 0 < self.radius <= 0.25:
            raise BadInput(f"A stroke radius of {self.radius:g} is not possible.", todo="Choose above 0, up to 0.25.")
        if not 0 < self.strength <= 1:
            raise BadInput(f"A stroke strength of {self.strength:g} is not possible.", todo="Choose above 0, up to 1.")

    @classmethod
    def from_json(cls, values: object) -> Self:
        """A stroke from parsed JSON. Raises BadInput when it is not a stroke."""
        if not isinstance(values, Mapping) or not {"kind", "points"} <= values.keys():
            raise BadInput("A stroke lacks its kind or its points.", todo=_TODO)
        unknown = sorted(values.keys() - {"kind", "points", "radius", "strength"})
        if unknown:
            raise BadInput(f"A stroke has no {', '.join(map(str, unknown))}.", todo=_TODO)
        try:
            points = tuple((_number(x), _number(y)) for x, y in values["points"])
            given = {name: _number(values[name]) for name in ("radius", "strength") if name in values}
        except (TypeError, ValueError) as error:
            raise BadInput("A stroke holds something else than numbers.", todo=_TODO) from error
        return cls(values["kind"], points, **given)

    def to_json(self) -> dict[str, Any]:
        """Values for JSON, read by `from_json`."""
        return {**asdict(self), "points": [[round(x, 5), round(y, 5)] for x, y in self.points]}


def parse_strokes(values: Iterable[object]) -> tuple[Stroke, ...]:
    """Strokes from parsed JSON; strokes are returned unchanged.

    Raises:
        BadInput: when a value is not a stroke, or there are more than 200.
    """
    strokes = tuple(value if isinstance(value, Stroke) else Stroke.from_json(value) for value in values)
    if len(strokes) > MAX_STROKES:
        raise BadInput(f"{len(strokes)} strokes are too many.", todo=f"Keep to {MAX_STROKES}.")
    return strokes


def read_strokes(path: str | Path) -> tuple[Stroke, ...]:
    """Read the strokes of a file: {"strokes": [...]}, or the stack.json of a stack that was made with strokes.

    Raises:
        BadInput: when it cannot be read or holds no strokes.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInput(f"{path.name} is too large for a file of strokes.", todo=_TODO)
        content = json.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows add a mark
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else "it is no JSON file"
        raise BadInput(f"The strokes in {path.name} cannot be read: {reason}.", todo=_TODO) from error
    found = content.get("strokes", _in_request(content)) if isinstance(content, dict) else content
    if not isinstance(found, list) or not found:
        raise BadInput(f"{path.name} holds no strokes.", todo=_TODO)
    return parse_strokes(found)


def _in_request(content: dict[str, Any]) -> object:
    request = content.get("request")
    return request.get("touch_up") if isinstance(request, dict) else None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
