"""What the page's controls say, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.settings import AUTO
from refocus.depth import Meaning
from refocus.depth.sources import DepthChoice
from refocus.models.focal_stack.run_settings import DEFAULT_GUIDANCE_SCALE
from refocus.results import RefocusRequest
from refocus.results.blur_amount import DEFAULT_BLUR
from refocus.results.request import DEFAULT_LONG_SIDE


@dataclass(frozen=True, slots=True)
class Chosen:
    """The settings a user can choose; what nobody touched is as the controls start.

    Each field has one `Control` of the same name. Fields that are also fields of a `RefocusRequest` go into it when
    the engine heeds them.

    Attributes:
        engine: name of the engine, or "auto".
        blur, frames, aperture, long_side, sharp, seed, steps, full_size, guidance, decode_overlap, corrected_clip,
            input_position, restore, depth_source, k: as in `RefocusRequest`; `k` wins over `blur`.
        depth: a depth map of the user's own, or None.
        depth_is: how to read it.
    """

    engine: str = AUTO
    blur: float = DEFAULT_BLUR
    frames: int = DEFAULT_FRAMES
    aperture: str = "circle"
    long_side: int = DEFAULT_LONG_SIDE
    sharp: bool = False
    depth_source: DepthChoice = "auto"
    depth: str | None = None
    depth_is: Meaning = "disparity"
    seed: int = 0
    steps: int | None = None
    full_size: bool = False
    guidance: float = DEFAULT_GUIDANCE_SCALE
    decode_overlap: int = 0
    corrected_clip: bool = False
    input_position: int | None = None
    restore: str | None = None
    k: float | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Chosen":
        """From the values of controls by name; an empty control counts as not touched.

        Raises:
            BadInput: on a text that should be a number and is none.
        """
        return cls(**{field.name: _as(field, values[field.name]) for field in fields(cls) if _given(values, field)})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Chosen":
        """From the part of an address after "?"; what has another name is left out. Files cannot be named there.

        Raises:
            ValueError: on a value that cannot be read.
        """
        named = [field for field in fields(cls) if field.name in query and field.name != "depth"]
        return cls(**{field.name: _read(query[field.name], field.type) for field in named})

    def request(self, heeded: frozenset[str]) -> RefocusRequest:
        """The request with those of the settings that an engine heeds.

        Args:
            heeded: the engine's options (`EngineSpec.options`).

        Raises:
            BadInput: on values out of range.
        """
        asked = {field.name for field in fields(RefocusRequest)} & heeded & {field.name for field in fields(self)}
        asked -= {"blur"} if "k" in asked and self.k is not None else {"k"}
        return RefocusRequest(**{name: getattr(self, name) for name in asked})


def _given(values: Mapping[str, Any], field: Any) -> bool:
    value = values.get(field.name)
    return value is not None and str(value).strip() != ""


def _read(text: str, kind: Any) -> Any:
    if kind is bool:
        return text.lower() in {"true", "1"}
    if kind in (int, int | None):
        return int(text)
    return float(text) if kind in (float, float | None) else text


def _as(field: Any, value: Any) -> Any:
    """Whole numbers come from the browser as floats, numbers that may be left out as text."""
    if field.type in (int, int | None):
        return int(value)
    if field.type == float | None and isinstance(value, str):
        try:
            return float(value.replace(",", "."))
        except ValueError as error:
            name = field.name.upper() if len(field.name) == 1 else field.name
            raise BadInput(
                f"{name} = {value!r} is not a number.", todo="Enter a number such as 20, or leave it empty."
            ) from error
    return value
