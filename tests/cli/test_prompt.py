"""Prompts at the command line."""

import json
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.cli import main


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red square at the left and a blue one at the right, on a grey wall of noise."""
    rgb = np.random.default_rng(0).integers(90, 160, (72, 96, 1)).repeat(3, 2).astype(np.uint8)
    rgb[24:56, 8:40] = rgb[24:56, 8:40] // 3 + np.array([150, 0, 0], np.uint8)
    rgb[24:56, 56:88] = rgb[24:56, 56:88] // 3 + np.array([0, 0, 150], np.uint8)
    path = tmp_path_factory.mktemp("photo") / "squares.png"
    Image.fromarray(rgb).save(path)
    return path


@pytest.fixture(scope="module")
def depth(photo: Path) -> Path:
    """The red square is nearest, the blue one half way."""
    near = np.zeros((72, 96), np.float32)
    near[24:56, 8:40] = 1
    near[24:56, 56:88] = 0.5
    path = photo.parent / "depth.npy"
    np.save(path, near)
    return path


@pytest.fixture(scope="module")
def saved(photo: Path, depth: Path) -> Path:
    out = photo.parent / "saved"
    assert main(["stack", str(photo), "--depth", str(depth), "--out", str(out), "--frames", "3", "--sharp"]) == 0
    return out


def bokeh(source: Path, out: Path, *options: str) -> np.ndarray:
    assert main(["bokeh", str(source), "--out", str(out), *options]) == 0
    return np.asarray(Image.open(out)).astype(int)


def error(rgb: np.ndarray, photo: Path, columns: slice) -> float:
    return float(np.abs(rgb - np.asarray(Image.open(photo)))[28:52, columns].mean())


RED, BLUE = slice(12, 36), slice(60, 84)


def test_prompt_prints_the_fields_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompt", "focus on the RED car on the left, f/1.4, heart shaped bokeh, frobnicate"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert list(fields) == [
        "subject", "side", "focus", "rack", "f_number", "focal_length_mm", "focus_distance_m", "blur", "aperture",
        "highlights", "restore", "ignored",
    ]  # fmt: skip
    assert (fields["subject"], fields["side"], fields["f_number"]) == ("red car", "left", 1.4)
    assert fields["blur"] is None
    assert fields["ignored"] == ["frobnicate"]


def test_words_need_no_quotes_and_may_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prompt", "blur", "the", "background"]) == 0
    assert json.loads(capsys.readouterr().out)["focus"] == "foreground"
    assert main(["prompt", ""]) == 0
    assert set(map(str, json.loads(capsys.readouterr().out).values())) == {"None", "[]"}


def test_bokeh_focuses_on_what_the_prompt_names(
    photo: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    red = bokeh(saved, tmp_path / "red.png", "--prompt", "focus on the red square, f/1.4")
    assert "Looked for red" in capsys.readouterr().out
    blue = bokeh(saved, tmp_path / "blue.png", "--prompt", "focus on the blue square, f/1.4")
    assert error(red, photo, RED) < error(red, photo, BLUE)
    assert error(blue, photo, BLUE) < error(blue, photo, RED)


def test_options_given_beside_the_prompt_win(photo: Path, saved: Path, tmp_path: Path) -> None:
    prompt = ["--prompt", "focus on the red square, f/1.4, heart-shaped bokeh"]
    there = bokeh(saved, tmp_path / "there.png", *prompt, "--at", "70,40")
    assert error(there, photo, BLUE) < error(there, photo, RED)
    asked = bokeh(saved, tmp_path / "asked.png", *prompt)
    assert (bokeh(saved, tmp_path / "weak.png", *prompt, "--blur", "0.3") != asked).any()
    assert (bokeh(saved, tmp_path / "star.png", *prompt, "--aperture", "star") != asked).any()


def test_an_aperture_can_be_drawn(saved: Path, tmp_path: Path) -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[14:18] = 255
    Image.fromarray(mask).save(tmp_path / "slit.png")
    drawn = bokeh(saved, tmp_path / "drawn.png", "--blur", "1", "--aperture", str(tmp_path / "slit.png"))
    assert (drawn != bokeh(saved, tmp_path / "round.png", "--blur", "1")).any()


def test_a_pull_is_a_video_or_its_last_picture(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompt = "rack focus from the red square to the blue square"
    assert main(["bokeh", str(saved), "--prompt", prompt, "--out", str(tmp_path / "pull.mp4")]) == 0
    video = iio.immeta(tmp_path / "pull.mp4")
    assert (video["fps"], video["duration"]) == (24, pytest.approx(4, abs=0.1))
    capsys.readouterr()
    end = bokeh(saved, tmp_path / "end.png", "--prompt", prompt)
    assert "end of the focus pull" in capsys.readouterr().out
    assert (end == bokeh(saved, tmp_path / "blue.png", "--prompt", "focus on the blue square")).all()


def test_stack_takes_strength_and_shape_from_the_prompt_and_its_video_pulls(
    photo: Path, depth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stack(name: str, *options: str) -> dict:
        making = ["--depth", str(depth), "--frames", "3", "--sharp", "--out", str(tmp_path / name)]
        assert main(["stack", str(photo), *making, *options]) == 0
        return json.loads((tmp_path / name / "stack.json").read_text())

    prompt = ["--prompt", "pull focus from the red square to the background, f/2, star bokeh"]
    made = stack("pull", *prompt)
    assert (made["request"]["f_number"], made["request"]["aperture"]) == (2, "star")
    assert any("stack.mp4 is the focus pull" in note for note in made["notes"])
    first, last = (iio.imread(tmp_path / "pull" / "stack.mp4", index=index).astype(int) for index in (0, 95))
    assert error(first, photo, RED) < error(last, photo, RED)
    given = stack("given", *prompt, "--blur", "0.2", "--aperture", "heart")
    assert (given["request"]["blur"], given["request"]["aperture"]) == (0.2, "heart")
    where = stack("where", "--prompt", "focus on the blue square")
    assert any("sharp at position 1.0" in note for note in where["notes"])
    capsys.readouterr()
    bokeh(tmp_path / "where", tmp_path / "red.png", "--prompt", "focus on the red square")
    said = capsys.readouterr().out
    assert "the red square" in said
    assert "blue square" not in said  # the note on the stack's own prompt


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "OUT.mp4"], "focus pull"),
        (["--out", "OUT.mp4", "--prompt", "focus on the red square"], "focus pull"),
        (["--out", "OUT.png", "--aperture", "missing.png"], "missing.png"),
        (["--out", "OUT.png", "--aperture", "banana"], "circle"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    options: list[str], said: str, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    filled = [option.replace("OUT", str(tmp_path / "out")) for option in options]
    assert main(["bokeh", str(saved), *filled]) == 2
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_network_for_subjects_is_asked_when_its_folder_is_named(
    saved: Path, tiny_clipseg: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFOCUS_SUBJECT_MODEL", str(tiny_clipseg))
    assert main(["bokeh", str(saved), "--prompt", "focus on the spoon", "--out", str(tmp_path / "spoon.png")]) == 0
    assert "CLIPSeg" in capsys.readouterr().out
