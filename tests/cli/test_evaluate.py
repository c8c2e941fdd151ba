import json
from pathlib import Path

import pytest
from PIL import Image

from refocus.cli import main
from tests.evaluate.pictures import blurred_stack, textured, write_stack
from tests.reference import reference


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, str]:
    truth = write_stack(tmp_path / "truth", blurred_stack(0, 3))
    predicted = write_stack(tmp_path / "predicted", blurred_stack(1, 3))
    return str(predicted), str(truth)


def test_it_prints_json_and_says_what_is_left_out(places: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *places]) == 0
    said = capsys.readouterr()
    numbers = json.loads(said.out)
    assert set(numbers["mean"]) >= {"psnr", "ssim", "vif"}
    for name, why in numbers["left_out"].items():
        assert name in {"lpips", "fid"}
        assert why in said.err


def test_it_writes_its_folder_and_does_not_overwrite(
    places: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "numbers")
    chosen = ["--out", out, "--metrics", "psnr"]
    assert main(["evaluate", *places, *chosen]) == 0
    assert {path.name for path in (tmp_path / "numbers").iterdir() if path.name[0] != "."} == {
        "evaluation.json", "frames.csv", "grid.csv", "grid.png", "scenes",
    }  # fmt: skip
    assert main(["evaluate", *places, *chosen, "--border", "2"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["evaluate", *places, *chosen, "--border", "2", "--force"]) == 0


def test_a_failed_scene_is_listed_and_the_status_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for scene in ("good", "damaged"):
        write_stack(tmp_path / "truth" / scene, blurred_stack(0, 3))
        write_stack(tmp_path / "predicted" / scene, blurred_stack(1, 3))
    file = tmp_path / "predicted/damaged/001.png"
    file.write_bytes(file.read_bytes()[:4000])
    places = [str(tmp_path / name) for name in ("predicted", "truth")]
    assert main(["evaluate", *places, "--metrics", "psnr"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["scenes"] == 1
    assert "damaged: 001.png" in said.err
    assert "1 scene failed" in said.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["only-one"], 2, "Give PREDICTED and TRUTH"),
        (["TRUTH", "TRUTH", "--renderer"], 2, "Give TRUTH alone"),
        (["TRUTH", "TRUTH", "--metrics", "mse"], 2, "psnr, ssim, lpips, fid, vif"),
        (["TRUTH", "TRUTH", "--metrics", "fid"], 3, "FID is left out"),
        (["TRUTH", "nowhere"], 2, "There is no nowhere"),
        (["TRUTH", "TRUTH", "--truth-order", "auto"], 2, "--register"),
        (["TRUTH", "TRUTH", "--border", "-1"], 2, "border"),
        (["TRUTH", "TRUTH", "--pairs", "--renderer"], 2, "not allowed with"),
    ],
)
def test_bad_usage_ends_with_one_line(
    arguments: list[str], status: int, said: str, places: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [places[1] if argument == "TRUTH" else argument for argument in arguments]
    ended: str | int | None
    try:
        ended = main(["evaluate", *filled])
    except SystemExit as stop:
        ended = stop.code
    printed = capsys.readouterr()
    assert ended == status
    assert said in printed.err
    assert printed.out == ""
    assert "Traceback" not in printed.err


def test_two_pictures_are_a_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, name in enumerate(("blur", "sharp")):
        Image.fromarray(textured(seed)).save(tmp_path / f"1_{name}.png")
    assert main(["evaluate", str(tmp_path / "1_blur.png"), str(tmp_path / "1_sharp.png"), "--metrics", "psnr"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 1
    assert main(["evaluate", str(tmp_path), str(tmp_path), "--pairs", "--metrics", "psnr"]) == 0


def test_real_photos_are_registered_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf = reference("photos/stacks/leaf")
    chosen = ["--metrics", "psnr", "--register"]
    assert main(["evaluate", str(leaf), str(leaf), *chosen]) == 0
    assert "aligned: scales of" in json.loads(capsys.readouterr().out)["notes"][0]
