"""A description of bokeh: what to focus on and how the blur looks, as understood from a prompt."""

import math
from dataclasses import dataclass, fields, replace

from refocus.core.errors import BadInput
from refocus.core.user_text import json_text

SIDES = ("left", "right", "center", "top", "bottom")
FOCUS_WORDS = ("nearest", "farthest", "foreground", "background", "center", "everything")
APERTURE_NAMES = (
    "circle", "triangle", "diamond", "pentagon", "hexagon", "heptagon", "octagon",
    "heart", "star", "ring", "cat_eye", "oval",
)  # fmt: skip
_SHAPES_OF_OTHER_THINGS = ("star", "ring", "cat_eye")  # labelled "star bokeh": a star alone could be a subject
F_NUMBER_RANGE = (0.5, 128.0)
FOCAL_LENGTH_RANGE_MM = (1.0, 6000.0)
FOCUS_DISTANCE_RANGE_M = (0.01, 10_000.0)


@dataclass(frozen=True, slots=True)
class Chip:
    """One understood part of a prompt: the field of `BokehSpec` it fills, and a short label."""

    field: str
    label: str


@dataclass(frozen=True, slots=True)
class BokehSpec:
    """What to focus on and how the blur looks. None (or empty) means not specified.

    Attributes:
        subject: noun phrase to be sharp, lower case, no leading article, no side words ("red car").
        side: where that subject is in the picture, one of `SIDES`.
        focus: one of `FOCUS_WORDS`. With a subject it says where in depth the subject is.
        rack: a focus pull (from, to); each a subject or one of `FOCUS_WORDS`.
        f_number: within `F_NUMBER_RANGE`.
        focal_length_mm: within `FOCAL_LENGTH_RANGE_MM`.
        focus_distance_m: within `FOCUS_DISTANCE_RANGE_M`.
        blur: 0 (none) to 1 (extreme).
        aperture: one of `APERTURE_NAMES`.
        highlights: glow of lights, 0 to 1.
        restore: prompt of the generative engine, as the user wrote it.
        ignored: words that were not understood, or values that are impossible.
        rack_sides: the side of each end of `rack`, where specified. Not part of `to_dict`.

    Raises:
        BadInput: when a value is not one of its names or outside its range.
    """

    subject: str | None = None
    side: str | None = None
    focus: str | None = None
    rack: tuple[str, str] | None = None
    f_number: float | None = None
    focal_length_mm: float | None = None
    focus_distance_m: float | None = None
    blur: float | None = None
    aperture: str | None = None
    highlights: float | None = None
    restore: str | None = None
    ignored: tuple[str, ...] = ()
    rack_sides: tuple[str | None, str | None] = (None, None)

    def __post_init__(self) -> None:
        for side in (self.side, *self.rack_sides):
            _check_name("side", side, SIDES)
        _check_name("focus", self.focus, FOCUS_WORDS)
        _check_name("aperture", self.aperture, APERTURE_NAMES)
        _check_range("f-number", self.f_number, F_NUMBER_RANGE)
        _check_range("focal length in mm", self.focal_length_mm, FOCAL_LENGTH_RANGE_MM)
        _check_range("focus distance in m", self.focus_distance_m, FOCUS_DISTANCE_RANGE_M)
        _check_range("blur", self.blur, (0.0, 1.0))
        _check_range("highlights", self.highlights, (0.0, 1.0))
        if self.rack is not None and len(self.rack) != 2:
            raise BadInput(f"A focus pull goes from one place to one other, but got {len(self.rack)} places.")

    def to_dict(self) -> dict[str, object]:
        """The fields but `rack_sides`, for JSON: None where not specified, tuples as lists."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "rack_sides"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def to_json(self) -> str:
        """`to_dict` as JSON text, one field per line."""
        return json_text(self.to_dict(), indent=1, allow_nan=True)

    def chips(self) -> tuple[Chip, ...]:
        """What was understood, as short labels. `without(chip.field)` removes one."""
        labels = {
            "rack": None if self.rack is None else self._rack_label(),
            "subject": None if self.subject is None else "focus: " + ", ".join(_given(self.subject, self.side)),
            "side": None if self.subject or not self.side else f"focus: {self.side} side",
            "focus": None if self.focus is None else _focus_label(self.focus, located=self.subject is not None),
            "focus_distance_m": _number("focus at {:g} m", self.focus_distance_m),
            "f_number": _number("f/{:g}", self.f_number),
            "focal_length_mm": _number("{:g} mm", self.focal_length_mm),
            "blur": _percent("blur {:g} %", self.blur),
            "aperture": None if self.aperture is None else _aperture_chip(self.aperture),
            "highlights": _percent("glow {:g} %", self.highlights),
            "restore": self.restore,
        }
        return tuple(Chip(field, label) for field, label in labels.items() if label)

    @property
    def names_focus(self) -> bool:
        """Whether it says what should be sharp."""
        return bool(self.subject or self.side or self.focus or self.focus_distance_m or self.rack)

    def describe(self) -> str:
        """The chips as one line: "focus: red car, left · f/1.4 · heart". Empty when nothing was understood."""
        return " · ".join(chip.label for chip in self.chips())

    def without(self, field: str) -> "BokehSpec":
        """The same description without one field; a subject is removed with its side, a rack with its sides.

        Raises:
            BadInput: when there is no such field.
        """
        if field not in self.to_dict():
            raise BadInput(
                f"A bokeh description has no field {field!r}.", todo=f"Choose one of {', '.join(self.to_dict())}."
            )
        if field == "subject":
            return replace(self, subject=None, side=None)
        if field == "rack":
            return replace(self, rack=None, rack_sides=(None, None))
        return replace(self, **{field: () if field == "ignored" else None})  # type: ignore[arg-type]

    def _rack_label(self) -> str:
        ends = zip(self.rack or (), self.rack_sides, strict=True)
        return "pull focus: " + " → ".join(", ".join(_given(*end)) for end in ends)


def aperture_label(name: str) -> str:
    """The name of an aperture shape as people read it: "cat-eye" for "cat_eye"."""
    return name.replace("_", "-")


def _aperture_chip(name: str) -> str:
    return f"{aperture_label(name)} bokeh" if name in _SHAPES_OF_OTHER_THINGS else aperture_label(name)


def _given(*words: str | None) -> list[str]:
    return [word for word in words if word]


def _focus_label(focus: str, *, located: bool) -> str:
    return f"in the {focus}" if located and focus in ("foreground", "background") else f"focus: {focus}"


def _number(form: str, value: float | None) -> str | None:
    return None if value is None else form.format(value)


def _percent(form: str, value: float | None) -> str | None:
    return None if value is None else form.format(round(100 * value))


def _check_name(what: str, value: str | None, names: tuple[str, ...]) -> None:
    if value is not None and value not in names:
        raise BadInput(f"There is no {what} {value!r}.", todo=f"Choose one of {', '.join(names)}.")


def _check_range(what: str, value: float | None, bounds: tuple[float, float]) -> None:
    if value is None:
        return
    low, high = bounds
    if not (math.isfinite(value) and low <= value <= high):
        raise BadInput(f"The {what} {value:g} is out of range.", todo=f"Choose {low:g} to {high:g}.")
