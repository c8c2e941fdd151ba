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
        ('{"engine": "x", "request": {"frames": "many"}}', "number of frames 'many'"),
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
