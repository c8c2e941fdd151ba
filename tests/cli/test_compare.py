from functools import reduce
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from tests.evaluate.pictures import blurred_stack, textured, write_stack

SMALL = ["--frames", "3", "--long-side", "64"]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(textured(0, 96, 128)).save(tmp_path / "wall.png")
    return tmp_path / "wall.png"


def test_variants_and_brought_frames_stand_side_by_side(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "map.npy", np.repeat(np.linspace(0, 1, 128, dtype=np.float32)[None], 96, 0))
    theirs = write_stack(tmp_path / "theirs", blurred_stack(1, 3))
    grid, video = tmp_path / "grid.png", tmp_path / "grid.mp4"
    variants = [
        "--with",
        "thin-lens,blur=0.9",
        "--with",
        f"engine=thin-lens,depth={tmp_path / 'map.npy'},label=My map, mine",
    ]
    places = ["--out", str(grid), "--video", str(video), "--brought", f"Their paper={theirs}"]
    assert main(["compare", str(photo), *places, *variants, "--f-number", "4", *SMALL]) == 0
    said = capsys.readouterr().out
    for line in ("blur 0.9", "My map, mine: Thin lens: f/4", "map.npy", "Their paper: imported: 3 frames of a folder"):
        assert line in said
    assert Image.open(grid).size[0] > 3 * 400
    assert iio.immeta(video)["duration"] == pytest.approx(4, abs=0.1)
    before = grid.read_bytes()
    assert main(["compare", str(photo), *places]) == 2
    assert "--force" in capsys.readouterr().err
    assert grid.read_bytes() == before


def test_without_variants_every_engine_has_its_column(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(photo), "--out", str(tmp_path / "grid.png"), *SMALL]) == 0
    said = capsys.readouterr().out
    assert "wall, Video diffusion: The engine video-diffusion cannot run here" in said
    assert "wall, Thin lens: Thin lens: blur 0.6" in said


def test_results_for_several_photos_are_found_by_name(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "floor.png"
    Image.fromarray(textured(1, 96, 128)).save(other)
    for name in ("wall", "floor"):
        write_stack(tmp_path / "theirs" / name, blurred_stack(1, 3))
    command = ["compare", str(photo), str(other), "--out", str(tmp_path / "grid.jpg"), "--with", "thin-lens", *SMALL]
    assert main([*command, "--brought", str(tmp_path / "theirs")]) == 0
    assert capsys.readouterr().out.count("theirs: imported") == 2
    assert main([*command, "--brought", str(tmp_path / "theirs" / "wall"), "--force"]) == 2
    assert "holds nothing for wall." in capsys.readouterr().err


def test_each_of_several_photos_has_its_own_map(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "floor.png"
    Image.fromarray(textured(1, 96, 128)).save(other)
    maps = tmp_path / "maps"
    maps.mkdir()
    np.save(maps / "wall.npy", np.repeat(np.linspace(0, 1, 128, dtype=np.float32)[None], 96, 0))
    command = [
        "compare",
        str(photo),
        str(other),
        "--out",
        str(tmp_path / "grid.png"),
        "--with",
        f"depth={maps}",
        *SMALL,
    ]
    assert main(command) == 2
    assert "maps holds nothing for floor. With several photos, put a depth map such as" in capsys.readouterr().err
    Image.fromarray(textured(2, 96, 128)[..., 0]).save(maps / "floor.png")
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "from the file wall.npy" in said
    assert "from the file floor.png" in said


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--out", "OUT.bmp"], 2, ".png or .jpg"),
        (["--out", "OUT.png", "--video", "OUT.avi"], 2, ".mp4"),
        (["--out", "OUT.png", "--with", "thin-lens,colour=red"], 2, "--colour"),
        (["--out", "OUT.png", "--with", "sharp,5"], 2, "is no setting"),
        (["--out", "OUT.png", "--with", "blur=7"], 2, "0 to 1"),
        (["--out", "wall.png/OUT.png", "--with", "thin-lens"], 2, "is not a folder"),
        (["--out", ".png", "--with", "thin-lens"], 2, "no file ending"),
        (["--out", "OUT.png", "--with", "video-diffusion", "--with", "generative"], 3, "video-diffusion cannot run"),
        (["--out", "OUT.png", "--with", "video-diffusion", "--with", "nobody"], 2, "no engine 'nobody'"),
        (["--out", "OUT.png", "--with", "blur=much"], 2, "--with 'blur=much'"),
        (["--out", "OUT.png", "--with", "blur=1,f-number=2"], 2, "not allowed with"),
        (["--out", "OUT.png", "--with", "nobody"], 2, "There is no engine 'nobody'"),
        (["--out", "OUT.png", "--brought", "nowhere"], 2, "nowhere"),
    ],
)
def test_bad_usage_is_refused_and_writes_nothing(
    options: list[str], status: int, said: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"wall.png/OUT": str(photo / "out"), "OUT": str(tmp_path / "out")}
    filled = [reduce(lambda text, place: text.replace(*place), places.items(), option) for option in options]
    try:
        ended = main(["compare", str(photo), *filled, *SMALL])
    except SystemExit as stop:
        ended = int(stop.code or 0)
    assert ended == status
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["wall.png"]


def test_all_that_is_wrong_is_listed_before_anything_is_made(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.png").write_text("no picture")
    odd = write_stack(tmp_path / "theirs" / "wall", blurred_stack(1, 3))
    Image.fromarray(textured(1, 40, 40)).save(odd / "frame_01.png")
    (odd / "frame_02.png").write_text("no picture")
    np.save(tmp_path / "map.npy", np.eye(50, dtype=np.float32))
    command = ["compare", str(photo), str(tmp_path / "broken.png"), str(tmp_path / "gone.png")]
    asked = ["--with", f"thin-lens,depth={tmp_path / 'map.npy'}", "--with", "thin-lens,colour=red"]
    places = ["--out", str(tmp_path / "grid.bmp"), "--brought", str(tmp_path / "theirs")]
    assert main([*command, *asked, *places, *SMALL]) == 2
    said = capsys.readouterr().err
    for part in (
        ".png or .jpg", "broken.png", "gone.png", "--colour", "frame_01.png is 40x40", "frame_02.png",
        "holds nothing for broken", "holds nothing for gone",
    ):  # fmt: skip
        assert part in said, part
    assert said.count("\n") == 1
    assert main([*command[:2], *asked[:2], "--out", str(tmp_path / "grid.png"), *SMALL]) == 2
    assert "map.npy is 50x50 px" in capsys.readouterr().err


def test_a_strength_of_one_variant_replaces_that_of_all(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variants = [word for text in ("thin-lens,k=20", "f-number=2", "") for word in ("--with", text or "thin-lens")]
    assert main(["compare", str(photo), "--out", str(tmp_path / "grid.png"), "--blur", "0.3", *variants, *SMALL]) == 0
    said = capsys.readouterr().out
    for label in ("Thin lens, K 20", "Thin lens, f/2", "Thin lens, blur 0.3"):
        assert f"wall, {label}: " in said


def test_imported_frames_keep_to_the_limit_of_the_settings(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_stack(tmp_path / "theirs", blurred_stack(1, 3))
    monkeypatch.setenv("REFOCUS_MAX_STACK_PIXELS", "10000")
    command = ["compare", str(photo), "--out", str(tmp_path / "grid.png"), "--with", "thin-lens", *SMALL]
    assert main([*command, "--brought", str(tmp_path / "theirs")]) == 2
    assert "a focal stack may have at most 0.01" in capsys.readouterr().err


def test_a_depth_map_keeps_to_the_limit_of_the_settings(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "depth.npy", np.linspace(0, 1, 288 * 384, dtype=np.float32).reshape(288, 384))
    command = ["--out", str(tmp_path / "out"), "--depth", str(tmp_path / "depth.npy"), *SMALL]
    monkeypatch.setenv("REFOCUS_MAX_PIXELS", "50000")
    assert main(["stack", str(photo), *command]) == 2
    assert "depth.npy" in capsys.readouterr().err
    monkeypatch.setenv("REFOCUS_MAX_PIXELS", "200000")
    assert main(["stack", str(photo), *command]) == 0
