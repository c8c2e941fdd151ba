"""stack.json keeps every key that other programs may read, with values of the same types."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main

pytestmark = pytest.mark.usefixtures("one_thread")

EXPECTED = json.loads(Path(__file__).with_name("stack_json.json").read_text())
# Keys of these are words for people or names of packages, and differ from run to run.
OPEN = ("seconds", "weights", "versions", "files")


def types_of(values: dict[str, Any]) -> dict[str, Any]:
    """Names of the types by key, of lists with that of their items."""
    return {key: _type_of(key, value) for key, value in values.items()}


def _type_of(key: str, value: object) -> object:
    if isinstance(value, dict):
        return _types_in(value) if key in OPEN else types_of(value)
    if isinstance(value, list):
        return [*sorted({type(item).__name__ for item in value})]
    return type(value).__name__


def _types_in(values: dict[str, Any]) -> list[object]:
    found: list[object] = []
    for value in values.values():
        kind = _type_of("", value)
        if kind not in found:
            found.append(kind)
    return sorted(found, key=str)


@pytest.mark.parametrize("case", EXPECTED)
def test_keys_and_types(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    photo = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x829D: 1.8, 0x920A: 50.0, 0xA405: 75, 0x9206: 2.5})
    rgb = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(photo, exif=exif)
    np.save(tmp_path / "depth.npy", np.repeat(np.geomspace(0.8, 9, 96, dtype=np.float32)[None], 72, 0))
    models = {name: request.getfixturevalue(name) for name in EXPECTED[case]["models"]}
    options = [word.format(folder=tmp_path, **models) for word in EXPECTED[case]["options"].split()]
    assert main(["stack", str(photo), "--out", str(tmp_path / "out"), *options]) == 0
    written = json.loads((tmp_path / "out" / "stack.json").read_text(encoding="utf-8"))
    assert written["format"] == 2
    assert types_of(written) == EXPECTED[case]["keys"]
