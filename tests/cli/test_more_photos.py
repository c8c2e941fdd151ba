"""Several photos of one scene on the command line, for weights of the video model that were trained with several."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from refocus.models.focal_stack.checkpoint import TRAINING_FILE

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    """Near and far."""
    paths = [tmp_path / "photos" / f"{name}.png" for name in ("near", "far")]
    paths[0].parent.mkdir()
    for seed, path in enumerate(paths):
        Image.fromarray(np.random.default_rng(seed).integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(path)
    return list(map(str, paths))


@pytest.fixture
def several(tiny_video_model: Path, tmp_path: Path) -> Path:
    """Weights whose config says that they were trained with several inputs."""
    model = Path(shutil.copytree(tiny_video_model, tmp_path / "model"))
    (model / "unet" / TRAINING_FILE).write_text(json.dumps({"frames": 9, "inputs": "several"}))
    return model


def video(model: Path) -> list[str]:
    return ["--engine=video-diffusion", f"--model={model}", "--steps=1", "--input-position=2"]


def test_the_stack_is_made_of_both_and_made_again_from_its_settings(
    photos: list[str], several: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    near, far = photos
    outs = [tmp_path / name for name in ("both", "again", "one")]
    both = ["--more-photos", far]
    assert main(["stack", near, "--out", str(outs[0]), *both, "--more-positions=7", *video(several)]) == 0
    assert "far, of the same scene, is at position 7" in capsys.readouterr().out
    request = json.loads((outs[0] / "stack.json").read_text())["request"]
    assert (request["input_position"], request["more_positions"]) == (2, "7")
    saved = ["--settings", str(outs[0] / "stack.json"), "--model", str(several)]
    assert main(["stack", near, "--out", str(outs[1]), *both, *saved]) == 0
    assert main(["stack", near, "--out", str(outs[2]), *video(several)]) == 0
    frames = [(out / "frame_04.png").read_bytes() for out in outs]
    assert frames[0] == frames[1]
    assert frames[0] != frames[2]
    assert main(["stack", near, "--out", str(tmp_path / "none"), *saved]) == 2
    assert "More photos of the scene: 0; positions of them: 1" in capsys.readouterr().err


def test_everything_else_takes_one_photo(
    photos: list[str], tiny_video_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    near, far = photos
    folder, out = str(Path(near).parent), str(tmp_path / "out")
    for arguments, said in (
        (["stack", near, "--out", out, *video(tiny_video_model)], "Video diffusion takes one photo of a scene here"),
        (["stack", near, "--out", out, "--engine=thin-lens"], "Thin lens takes one photo of a scene here"),
        (["stack", folder, "--out", out, "--each", "--engine=thin-lens"], "cannot fit several photos"),
        (["stack", folder, "--out", out, "--one-scene"], "--more-photos cannot be used with a folder"),
        (["compare", near, "--out", f"{out}.png", "--engine=thin-lens"], "A comparison is of single photos"),
    ):
        assert main([*arguments, "--more-photos", far]) == 2
        assert said in capsys.readouterr().err
    assert not Path(out).exists()
