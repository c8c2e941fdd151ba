"""Whether a prompt is read as a list of this folder expects."""

import json
from pathlib import Path
from typing import Any

from refocus.core import BokehSpec

LISTS = sorted(Path(__file__).parent.glob("*.json"))
"""Each holds {"prompt", "expect"}: `expect` names fields, with bounds as blur_min, blur_max, highlights_min, and fields
that it does not name must be null. {"known_wrong"} holds what fields that come out wrong are today, so that a change to
the better is seen as well as one to the worse."""

_BOUNDS = ("_min", "_max")


def load_cases(path: Path) -> list[dict[str, Any]]:
    """The prompts of a list."""
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return cases


def wrong_fields(spec: BokehSpec, expect: dict[str, Any], *, listed_only: bool = False) -> dict[str, Any]:
    """The fields that are not as expected and what they are; also those that should be null, unless `listed_only`."""
    found = spec.to_dict()
    wrong = {name: found[_field(name)] for name, wanted in expect.items() if not _holds(found, name, wanted)}
    if not listed_only:
        listed = {_field(name) for name in expect} | {"ignored"}
        wrong |= {name: value for name, value in found.items() if name not in listed and value is not None}
    return wrong


def _field(name: str) -> str:
    return name[:-4] if name.endswith(_BOUNDS) else name


def _holds(found: dict[str, Any], name: str, wanted: Any) -> bool:
    value = found[_field(name)]
    if name.endswith(_BOUNDS):
        return value is not None and bool(value >= wanted if name.endswith("_min") else value <= wanted)
    if isinstance(wanted, float | int) and value is not None:
        return bool(abs(value - wanted) < 1e-3)
    return bool(value == wanted)
