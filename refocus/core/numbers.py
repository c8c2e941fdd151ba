"""Checks of single values; errors name the value."""

import math
import operator
from collections.abc import Mapping
from typing import Any

from refocus.core.errors import BadInput


def whole(name: str, value: Any, low: float, high: float) -> int:
    """The value as an int: any whole number type (numpy's too), but no bool and no float.

    Raises:
        BadInput: when it is none, or outside low to high.
    """
    if not is_whole(value) or not low <= operator.index(value) <= high:
        allowed = f"{low} to {high}" if math.isfinite(high) else f"at least {low}"
        raise BadInput(f"{name} is {value!r}.", todo=f"Give a whole number, {allowed}.")
    return operator.index(value)


def real(name: str, value: Any, low: float, high: float) -> float:
    """The value as a float: any number, numpy's and tensors of no dimension too.

    Raises:
        BadInput: when it is none, NaN, or outside low to high.
    """
    if not is_number(value) or not low <= _float(value) <= high:
        raise BadInput(f"{name} is {value!r}.", todo=f"Give a number, {low:g} to {high:g}.")
    return float(value)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf if value > 0 else -math.inf


def is_whole(value: Any) -> bool:
    """Whether it is a whole number of any type, numpy's too, but no bool and no float."""
    return hasattr(value, "__index__") and not isinstance(value, bool) and getattr(value, "ndim", 0) == 0


def is_number(value: Any) -> bool:
    """Whether it is one number: Python's, numpy's, or a tensor of no dimension."""
    return isinstance(value, (int, float)) or (hasattr(value, "__float__") and getattr(value, "ndim", 1) == 0)


def check_format(described: Mapping[str, Any], newest: int, place: str) -> None:
    """Check that this version can read a file of ours. One without `format` is of version 1.

    Args:
        described: what the file holds.
        newest: the newest format this version knows.
        place: the file, for the user.

    Raises:
        BadInput: when the format is newer, or no version.
    """
    version = described.get("format", 1)
    if not is_whole(version) or version < 1:
        raise BadInput(f"{place} has the format {version!r}, which is no version.", todo="Make it again.")
    if version > newest:
        raise BadInput(
            f"{place} has format {version}, and this version of Refocus reads up to {newest}.", todo="Update Refocus."
        )


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Raise BadInput when the value is none of the words."""
    if not isinstance(value, str) or value not in allowed:
        raise BadInput(f"{name} is {value!r}.", todo=f"Choose one of {', '.join(allowed)}.")
