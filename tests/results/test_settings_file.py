import json
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.results import RefocusRequest
from refocus.results.saved import StackSettings, read_settings, write_settings

SETTINGS = StackSettings("thin-lens", RefocusRequest(frames=5, blur=0.3, aperture="heart"), "depth.npy", "metres")


def test_settings_come_back(tmp_path: Path) -> None:
    write_settings(tmp_path / "s.json", SETTINGS)
    assert read_settings(tmp_path / "s.json") == SETTINGS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no json", "not JSON"),
        ("[]", "missing"),
        ('{"engine": "x", "request": {"colour": 1}}', "does not know: colour"),
        ('{"engine": "x", "request": {"frames": 99}}', "number of frames 99"),
        ('{"engine": "x", "request": {"frames": "many"}}', "Frames = 'many' is not a number"),
    ],
)
def test_what_is_no_settings_file_is_said(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(BadInput) as caught:
        read_settings(tmp_path / "s.json")
    assert why in caught.value.message


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    values = json.loads(SETTINGS.to_json())
    (tmp_path / "s.json").write_text(json.dumps({**values, "format": 3, "request": {"unheard": "of"}}))
    with pytest.raises(BadInput) as caught:
        read_settings(tmp_path / "s.json")
    assert str(caught.value) == (
        f"{tmp_path / 's.json'} has format 3, and this version of Refocus reads up to 2. Update Refocus."
    )
    del values["format"]  # then it is of format 1
    (tmp_path / "s.json").write_text(json.dumps(values))
    assert read_settings(tmp_path / "s.json") == SETTINGS


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_settings(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [("frames", 9.0, 9), ("long_side", "256", 256), ("sharp", "false", False), ("k", "1,5", 1.5), ("sharp", "1", True)],
)
def test_what_is_plain_in_settings_written_by_hand_is_taken(
    tmp_path: Path, name: str, written: object, meant: object
) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"format": 2, "engine": "x", "request": {name: written}}))
    value = getattr(read_settings(tmp_path / "s.json").request, name)
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize(("name", "written"), [("sharp", "perhaps"), ("frames", 9.5), ("seed", [1]), ("aperture", 3)])
def test_what_is_not_plain_is_refused_with_its_name(tmp_path: Path, name: str, written: object) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"format": 2, "engine": "x", "request": {name: written}}))
    with pytest.raises(BadInput, match=r"s\.json: .*" + name.replace("sharp", "all-in-focus|sharp")):
        read_settings(tmp_path / "s.json")


@pytest.mark.parametrize("depth", [5, "map.npy", True, [1], {"file": 5}, {"file": "map.npy", "is": "far"}])
def test_a_depth_map_that_is_no_name_is_refused(tmp_path: Path, depth: object) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"engine": "x", "request": {}, "depth": depth}))
    with pytest.raises(BadInput, match="which depth map"):
        read_settings(tmp_path / "s.json")
