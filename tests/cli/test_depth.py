"""Depth sources at the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from tests.media.embedded.photo_files import gdepth_photo, jpeg, png

RAMP = np.tile(np.linspace(0, 255, 96).round().astype(np.uint8), (72, 1))


@pytest.fixture
def phone_photo(tmp_path: Path) -> Path:
    rgb = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
    (tmp_path / "phone.jpg").write_bytes(gdepth_photo(jpeg(rgb), png(RAMP)))
    return tmp_path / "phone.jpg"


def made(photo: Path, out: Path, *options: str) -> dict:
    assert main(["stack", str(photo), "--out", str(out), "--frames", "3", *options]) == 0
    return json.loads((out / "stack.json").read_text())


def test_the_phone_s_depth_is_used_unless_another_is_asked_for(phone_photo: Path, tmp_path: Path) -> None:
    phone = made(phone_photo, tmp_path / "phone")
    assert phone["disparity"]["origin"] == "recorded"
    assert any("uses the depth your phone recorded" in note for note in phone["notes"])
    assert made(phone_photo, tmp_path / "own", "--depth-source", "built-in")["disparity"]["origin"] == "built-in"


def test_a_network_named_by_option_or_setting(
    phone_photo: Path, tmp_path: Path, tiny_depth_pro: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = made(phone_photo, tmp_path / "named", "--depth-model", str(tiny_depth_pro))
    assert named["disparity"]["origin"] == "model"
    assert named["disparity"]["metric"]
    plain = tmp_path / "plain.png"
    Image.fromarray(RAMP).save(plain)
    monkeypatch.setenv("REFOCUS_DEPTH_MODEL", str(tiny_depth_pro))
    assert made(plain, tmp_path / "set")["disparity"]["origin"] == "model"


def test_what_cannot_be_had_is_told_in_a_line(
    phone_photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "depth.npy", RAMP.astype(np.float32))
    plain = tmp_path / "plain.png"
    Image.fromarray(RAMP).save(plain)
    out = str(tmp_path / "out")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"architectures": ["DepthProForDepthEstimation"]}')
    for arguments, status, said in [
        ([str(plain), "--depth-source", "embedded"], 2, "carries no depth map"),
        ([str(phone_photo), "--depth-source", "model", "--depth", str(tmp_path / "depth.npy")], 2, "was given"),
        ([str(plain), "--depth-model", str(broken)], 3, "preprocessor_config.json is missing"),
        ([str(plain), "--depth-model", "nowhere"], 3, "no depth model 'nowhere'"),
    ]:
        assert main(["stack", *arguments, "--out", out]) == status
        error = capsys.readouterr().err.strip().splitlines()
        assert said in error[-1]
    assert not (tmp_path / "out").exists()


def test_engines_tells_the_state_of_the_depth_network(
    tiny_depth_anything: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REFOCUS_DEPTH_MODEL", str(tiny_depth_anything))
    assert main(["engines"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("depth "))
    assert line.split() == ["depth", "ready"]
    monkeypatch.setenv("REFOCUS_DEPTH_MODEL", "nowhere")
    assert main(["engines"]) == 0
    assert "no depth model 'nowhere'" in capsys.readouterr().out
