"""What a command reads, as its options name it: no output may replace any of it."""

import argparse
from collections.abc import Iterator
from pathlib import Path

_ONE = ("source", "photo", "depth", "touch_up", "settings", "aperture", "model", "depth_model")
_SEVERAL = ("photos", "places")


def inputs_of(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files and folders that the options name; names that are no paths, such as "heart", do not exist as files."""
    return tuple(_named(args))


def _named(args: argparse.Namespace) -> Iterator[Path]:
    for name in _ONE:
        value = getattr(args, name, None)
        if value is not None:
            yield Path(value)
    for name in _SEVERAL:
        yield from map(Path, getattr(args, name, ()))
