"""Settings files of format 1 still ask for the same: as if every option had been typed."""

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.cli import main

HERE = Path(__file__).parent
STACK_V1 = HERE.parent / "data" / "stack_v1"
pytestmark = pytest.mark.usefixtures("one_thread")

STROKES = {"strokes": [{"kind": "nearer", "points": [[0.25, 0.5], [0.5, 0.5]], "radius": 0.05, "strength": 0.5}]}
STACK_V1_STROKES = {
    "strokes": [{"kind": "nearer", "points": [[0.4, 0.6], [0.5, 0.6]], "radius": 0.05, "strength": 0.5}]
}
DEPTH = ["--depth", "depth.npy", "--depth-is", "metres"]
# File, the fixture of its model, what must be given beside it, and the options that ask for the same.
CASES = {
    "thin-lens": (
        HERE / "settings_thin_lens_v1.json",
        None,
        DEPTH,
        "--engine thin-lens --frames 4 --f-number 2 --aperture heart --long-side 80 --sharp --touch-up strokes.json",
    ),
    "thin-lens, K of format 1": (  # a diameter
        HERE / "settings_thin_lens_k_v1.json",
        None,
        [],
        "--engine thin-lens --frames 3 --k 10 --long-side 80 --sharp --depth-source built-in",
    ),
    "video-diffusion": (
        HERE / "settings_video_diffusion_v1.json",
        "tiny_video_model",
        [],
        "--engine video-diffusion --blur 0.35 --aperture ring --seed 7 --steps 1 --input-position 3 --full-size "
        "--guidance 2.5 --decode-overlap 2 --corrected-clip",
    ),
    "generative": (  # K of BokehNet was a radius already
        HERE / "settings_generative_v1.json",
        "tiny_flux",
        [],
        "--engine generative --frames 3 --k 20 --seed 5 --steps 1 --depth-source built-in --long-side 88 --prompt OPEN "
        "--pre-deblur black",
    ),
    "stack.json": (
        STACK_V1 / "stack.json",
        None,
        [],
        "--engine thin-lens --frames 3 --f-number 1.4 --aperture hexagon --long-side 72 "
        "--touch-up stack_v1_strokes.json",
    ),
}
WORDS = 'the sign says "OPEN"'  # holds blanks, so it stands for OPEN above


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a photo, a depth map in metres and strokes; the commands run in it."""
    rgb = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "photo.png")
    np.save(tmp_path / "depth.npy", np.repeat(np.geomspace(0.8, 9, 96, dtype=np.float32)[None], 72, 0))
    (tmp_path / "strokes.json").write_text(json.dumps(STROKES))
    (tmp_path / "stack_v1_strokes.json").write_text(json.dumps(STACK_V1_STROKES))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REFOCUS_DEVICE", "cpu")
    return tmp_path


def made(out: str, *options: str) -> tuple[dict, np.ndarray]:
    """The request that stack.json tells, and the frames."""
    assert main(["stack", "photo.png", "--out", out, *options]) == 0
    frames = np.stack([iio.imread(path) for path in sorted(Path(out).glob("frame_*.png"))])
    described = json.loads((Path(out) / "stack.json").read_text(encoding="utf-8"))
    return {"engine": described["engine"], **described["request"]}, frames


@pytest.mark.parametrize("case", CASES)
def test_a_file_and_the_options_it_stands_for(case: str, inputs: Path, request: pytest.FixtureRequest) -> None:
    file, model, beside, options = CASES[case]
    if model is not None:
        beside = [*beside, "--model", str(request.getfixturevalue(model))]
    typed = [WORDS if word == "OPEN" else word for word in options.split()]
    from_file, frames = made("again", "--settings", str(file), *beside)
    from_options, expected = made("typed", *typed, *beside)
    assert from_file == from_options
    assert np.array_equal(frames, expected)


def test_a_strength_of_format_1_still_blurs_bokehnet_s_frames_twice_as_much(inputs: Path, tiny_flux: Path) -> None:
    file = HERE / "settings_generative_blur_v1.json"
    request, frames = made("again", "--settings", str(file), "--model", str(tiny_flux))
    assert request["double_bokehnet_blur"]
    disparity = np.load("again/disparity.npy")
    k = 0.06 * 0.6 * max(disparity.shape) / (disparity.max() - disparity.min())  # the diameter, where a radius is meant
    options = "--engine generative --frames 3 --seed 5 --steps 1 --depth-source built-in --long-side 88 --sharp"
    _, expected = made("typed", *options.split(), "--k", str(k), "--model", str(tiny_flux))
    assert np.array_equal(frames, expected)
    again, repeated = made("third", "--settings", "again/stack.json", "--model", str(tiny_flux))
    assert again == request
    assert np.array_equal(repeated, frames)


@pytest.mark.parametrize("case", ["thin-lens", "stack.json"])
def test_a_file_without_a_version_is_one_of_version_1(case: str, inputs: Path) -> None:
    file, _, beside, _ = CASES[case]
    values = json.loads(file.read_text(encoding="utf-8"))
    assert values.pop("format") == 1
    (inputs / "bare.json").write_text(json.dumps(values), encoding="utf-8")
    saved, frames = made("again", "--settings", str(file), *beside)
    bare_saved, bare_frames = made("bare", "--settings", "bare.json", *beside)
    assert saved == bare_saved
    assert np.array_equal(frames, bare_frames)


def test_the_depth_map_that_a_file_names_is_asked_for(inputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = CASES["thin-lens"][0]
    assert main(["stack", "photo.png", "--out", "out", "--settings", str(file)]) == 2
    said = capsys.readouterr().err
    assert "depth.npy" in said
    assert "metres" in said
