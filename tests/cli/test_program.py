import io
import json
import os
import subprocess
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from refocus.cli.output import agree
from refocus.core import BadInput, BokehSpec
from refocus.depth import Stroke
from refocus.media import Photo
from refocus.models.weights.hub import Download
from refocus.prompts import parse_prompt
from tests.reference import reference

PROJECT = Path(__file__).resolve().parents[2]
VIDEO = ("stack", "PHOTO", "--out", "OUT", "--engine", "video-diffusion", "--model", "FOLDER")
RESULTS = {"all_in_focus.png", "disparity.npy", "disparity.png", "stack.json", "stack.mp4"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def depth(tmp_path: Path) -> Path:
    path = tmp_path / "depth.npy"
    np.save(path, np.repeat(np.linspace(1, 0, 96, dtype=np.float32)[None], 72, 0))
    return path


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_stack_writes_everything_it_promises(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made" / "here"
    status, said, _ = run("stack", photo, "--out", out, "--frames", 5, capsys=capsys)
    assert status == 0
    assert {path.name for path in out.iterdir()} == RESULTS | {f"frame_{i:02d}.png" for i in range(5)}
    assert "thin-lens" in said
    assert "Depth" in said


def test_the_video_sweeps_smoothly_or_shows_the_bare_frames(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("stack", photo, "--out", tmp_path / "sweep", "--frames", 3, capsys=capsys)
    run("stack", photo, "--out", tmp_path / "bare", "--frames", 3, "--fps", 5, capsys=capsys)
    sweep, bare = (iio.immeta(tmp_path / name / "stack.mp4") for name in ("sweep", "bare"))
    assert (sweep["fps"], bare["fps"]) == (24, 5)
    assert sweep["duration"] == pytest.approx(4, abs=0.1)
    assert bare["duration"] == pytest.approx(3 / 5, abs=0.1)
    assert sweep["codec"] == "h264"


def test_each_option_reaches_the_result(
    photo: Path, depth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--f-number", "2", "--aperture", "star", "--long-side", "80", "--sharp", "--depth", depth]
    out = tmp_path / "out"
    assert run("stack", photo, "--out", out, *options, capsys=capsys)[0] == 0
    described = json.loads((out / "stack.json").read_text())
    asked = {"frames": 9, "blur": None, "f_number": 2.0, "aperture": "star", "long_side": 80, "sharp": True}
    assert described["request"] | asked == described["request"]
    assert described["width"] == 80
    assert "depth.npy" in described["disparity"]["source"]
    assert not described["disparity"]["metric"]


def test_bokeh_of_a_photo_and_of_its_saved_stack_are_the_same_picture(
    photo: Path, depth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("stack", photo, "--out", tmp_path / "stack", "--depth", depth, capsys=capsys)
    direct, saved = tmp_path / "direct.png", tmp_path / "saved.png"
    assert run("bokeh", photo, "--out", direct, "--at", "90,30", "--depth", depth, capsys=capsys)[0] == 0
    assert run("bokeh", tmp_path / "stack", "--out", saved, "--at", "90,30", capsys=capsys)[0] == 0
    pictures = [np.asarray(Image.open(path)) for path in (direct, saved)]
    assert (pictures[0] == pictures[1]).all()
    assert run("bokeh", tmp_path / "stack", "--out", saved, "--position", "0", capsys=capsys)[0] == 0
    assert (np.asarray(Image.open(saved)) != pictures[0]).any()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["stack", "PHOTO"], 2, "--out"),
        (["stack", "missing.jpg", "--out", "OUT"], 2, "missing.jpg"),
        (["stack", "PHOTO", "--out", "OUT", "--frames", "99"], 2, "3 to 33"),
        (["stack", "PHOTO", "--out", "OUT", "--frames", "many"], 2, "--frames"),
        (["stack", "PHOTO", "--out", "OUT", "--blur", "7"], 2, "0 to 1"),
        (["stack", "PHOTO", "--out", "OUT", "--fps", "0"], 2, "--fps"),
        (["stack", "PHOTO", "--out", "OUT", "--blur", "1", "--f-number", "2"], 2, "not allowed with"),
        (["stack", "PHOTO", "--out", "OUT", "--engine", "magic"], 2, "thin-lens"),
        (["stack", "PHOTO", "--out", "OUT", "--depth", "missing.npy"], 2, "missing.npy"),
        (["stack", "PHOTO", "--out", "PHOTO"], 2, "wall.png"),
        (["bokeh", "PHOTO", "--out", "OUT.png", "--at", "1000,10"], 2, "96x72"),
        (["bokeh", "PHOTO", "--out", "OUT.png", "--at", "middle"], 2, "400,300"),
        (["bokeh", "PHOTO", "--out", "OUT.bmp"], 2, ".png or .jpg"),
        (["bokeh", "FOLDER", "--out", "OUT.png"], 2, "stack.json"),
        ([*VIDEO, "--steps", "0"], 2, "1 to 1000"),
        ([*VIDEO, "--input-position", "9"], 2, "0 to 8"),
        ([*VIDEO, "--input-position", "near"], 2, "neither auto nor"),
        ([*VIDEO, "--seed", "-1"], 2, "seed"),
        ([*VIDEO], 3, "stabilityai/stable-video-diffusion-img2vid"),
        (["engines", "--download", "magic"], 2, "thin-lens"),
        (["frobnicate"], 2, "frobnicate"),
        ([], 2, "COMMAND"),
    ],
)
def test_bad_usage_ends_with_one_line_and_writes_nothing(
    arguments: list[str], status: int, said: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    places = {"PHOTO": str(photo), "OUT": str(tmp_path / "out"), "FOLDER": str(tmp_path / "folder")}
    filled = [places.get(argument, argument.replace("OUT.", f"{tmp_path}/out.")) for argument in arguments]
    before = sorted(tmp_path.rglob("*"))
    ended, out, error = run(*filled, capsys=capsys)
    message = error.rsplit("\r", 1)[-1].strip()
    assert (ended, out) == (status, "")
    assert said in message
    assert "\n" not in message
    assert "Traceback" not in error
    assert sorted(tmp_path.rglob("*")) == before


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run("--help", capsys=capsys)
    assert status == 0
    for command in ("stack", "bokeh", "engines", "serve"):
        assert command in said
        assert run(command, "--help", capsys=capsys)[0] == 0


def test_engines_says_what_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run("engines", capsys=capsys)
    assert status == 0
    assert "thin-lens        ready" in said
    assert "\nsubjects  " in said


def test_the_video_engine_runs_where_the_weights_are_given(
    photo: Path, tmp_path: Path, tiny_video_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--engine", "video-diffusion", "--model", tiny_video_model, "--steps", 1, "--seed", 7]
    status, said, error = run(
        "stack", photo, "--out", tmp_path / "out", *options, "--input-position", 2, "--full-size", capsys=capsys
    )
    assert status == 0
    assert "video-diffusion" in said
    assert "transformers" not in error
    described = json.loads((tmp_path / "out" / "stack.json").read_text())
    assert (described["engine"], described["seed"]) == ("video-diffusion", 7)
    asked = {name: described["request"][name] for name in ("seed", "steps", "input_position", "full_size")}
    assert asked == {"seed": 7, "steps": 1, "input_position": 2, "full_size": True}
    assert (described["width"], described["height"]) == (96, 72)


def test_the_recorded_model_runs(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = reference("parity/learn2refocus/model")
    options = ["--engine", "video-diffusion", "--model", model, "--steps", 1]
    assert run("stack", photo, "--out", tmp_path / "out", *options, capsys=capsys)[0] == 0
    assert len(list((tmp_path / "out").glob("frame_*.png"))) == 9
    status, _, error = run("stack", photo, "--out", tmp_path / "five", *options, "--frames", 5, capsys=capsys)
    assert status == 2
    assert "makes 9 frames, not 5" in error


def test_nothing_is_downloaded_before_somebody_agrees(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())  # nobody at the keyboard
    download = Download("owner/name", 5_000_000_000, "research only", "https://example.org")
    agree(download, agreed=True)
    with pytest.raises(BadInput, match="--yes"):
        agree(download, agreed=False)
    said = capsys.readouterr().err
    assert "owner/name: 5.0 GB, licence: research only" in said


def test_as_a_program_the_status_reaches_the_shell(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "refocus", "stack", "missing.jpg", "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "REFOCUS_ENGINE": "thin-lens"},
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_settings_of_the_environment_count(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFOCUS_MAX_PIXELS", "1000")
    status, _, error = run("stack", photo, "--out", tmp_path / "out", capsys=capsys)
    assert status == 2
    assert "6,912" in error or "0.0" in error


def test_a_reader_that_has_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "refocus", "engines"], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read().decode()
    assert (said, program.returncode) == ("", 0)


def test_photo_and_prompt_are_read_once(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    open_photo = Photo.open

    def opened(path: str, **options: int) -> Photo:
        read.append("photo")
        return open_photo(path, **options)

    def parsed(text: str) -> BokehSpec:
        read.append("prompt")
        return parse_prompt(text)

    monkeypatch.setattr(Photo, "open", opened)
    monkeypatch.setattr("refocus.cli.arguments.parse_prompt", parsed)
    command = ["--prompt", "f/2, star-shaped bokeh", "--engine", "thin-lens", "--frames", "3"]
    assert main(["stack", str(photo), "--out", str(tmp_path / "out"), *command]) == 0
    assert sorted(read) == ["photo", "prompt"]
    read.clear()
    assert main(["compare", str(photo), "--out", str(tmp_path / "grid.png"), "--with", "thin-lens,frames=3"]) == 0
    assert read == ["photo"]


def test_a_missing_folder_on_the_way_hides_no_input(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, hidden = photo.read_bytes(), tmp_path / "missing" / ".." / photo.name
    for arguments in (
        ("bokeh", photo, "--out", hidden),
        ("compare", photo, "--with", "thin-lens", "--out", hidden, "--force"),
        ("stack", photo, "--out", hidden.parent),
    ):
        status, _, said = run(*arguments, capsys=capsys)
        assert (status, "input" in said) == (2, True)
    assert photo.read_bytes() == before
    assert list(tmp_path.iterdir()) == [photo]


def test_an_empty_name_is_not_the_current_folder(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("stack", photo, "--out", ""), ("stack", "", "--out", "o"), ("compare", "", "--out", "o.png")):
        status, _, said = run(*arguments, capsys=capsys)
        assert (status, "the name is empty" in said) == (2, True)


def test_names_need_not_be_utf_8(photo: Path, depth: Path, tmp_path: Path) -> None:
    odd, settings = tmp_path / os.fsdecode(b"d\xff.npy"), tmp_path / "o" / "stack.json"
    depth.rename(odd)
    scene = tmp_path / "truth" / os.fsdecode(b"s\xff")
    for arguments in (
        ("stack", photo, "--depth", odd, "--out", tmp_path / "o", "--frames", 3),
        ("stack", photo, "--settings", settings, "--depth", odd, "--out", tmp_path / "p"),
        ("stack", scene, "--out", tmp_path / "q", "--each", "--frames", 3),
        ("evaluate", scene.parent, scene.parent, "--metrics", "psnr", "--out", tmp_path / "numbers"),
    ):
        command = [sys.executable, "-m", "refocus", *map(str, arguments)]
        ended = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)
        assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False), ended.stderr
        if not scene.exists():
            scene.mkdir(parents=True)
            for index in range(3):
                (scene / f"{index}.png").write_bytes((tmp_path / "o" / f"frame_{index:02d}.png").read_bytes())
    assert (tmp_path / "numbers" / "evaluation.json").is_file()


def test_files_of_windows_editors_are_read(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stack", photo, "--out", tmp_path / "o", "--frames", 3, capsys=capsys)[0] == 0
    settings, strokes = tmp_path / "settings.json", tmp_path / "strokes.json"
    settings.write_text((tmp_path / "o" / "stack.json").read_text("utf-8"), "utf-8-sig")
    assert run("stack", photo, "--settings", settings, "--out", tmp_path / "p", capsys=capsys)[0] == 0
    stroke = Stroke("nearer", ((0.2, 0.5), (0.8, 0.5)), 0.1).to_json()
    strokes.write_text(json.dumps({"strokes": [stroke]}), "utf-8-sig")
    assert run("stack", photo, "--touch-up", strokes, "--out", tmp_path / "q", capsys=capsys)[0] == 0


@pytest.mark.parametrize("word", ["--help", ""])
def test_what_can_be_prepared_is_listed(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = run("train", "prepare", *([word] if word else []), capsys=capsys)
    assert status == 0
    assert "train prepare focal-stack" in said


def test_what_a_stop_keeps_is_said(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "photos").mkdir()
    photo.rename(tmp_path / "photos" / photo.name)
    photo = tmp_path / "photos" / photo.name
    monkeypatch.setattr("refocus.cli.stack_folder.save_with_prompt", stopped)
    monkeypatch.setattr("refocus.cli.compare.write_comparison", stopped)
    for arguments, said in (
        (("stack", photo.parent, "--each", "--out", tmp_path / "each"), "keeps the stacks that were finished"),
        (
            ("compare", photo, "--with", "thin-lens", "--out", tmp_path / "o.png", "--video", tmp_path / "o.mp4"),
            "o.png was written",
        ),
    ):
        status, _, told = run(*arguments, "--frames", 3, capsys=capsys)
        assert (status, said in told) == (130, True), told
    assert (tmp_path / "o.png").is_file()
