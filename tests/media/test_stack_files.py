import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Cancelled, Disparity, FocalStack, Scene
from refocus.media import load_stack, save_stack

NAMES = [
    "all_in_focus.png", "disparity.npy", "disparity.png",
    "frame_00.png", "frame_01.png", "frame_02.png", "frame_03.png", "stack.json", "stack.mp4",
]  # fmt: skip


@pytest.fixture(scope="module")
def saved_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved stack to copy and spoil; saving it anew for each test would take most of the time."""
    folder = tmp_path_factory.mktemp("saved")
    frames = np.random.default_rng(0).integers(0, 256, (4, 70, 96, 3), dtype=np.uint8)
    disparity = Disparity(np.ones((70, 96), np.float32), metric=False, source="made up")
    save_stack(folder, FocalStack(frames, np.array([1, 0.5, 0.25, 0], np.float32)), Scene(frames[0], disparity), {})
    return folder


@pytest.fixture
def saved(saved_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved_once, tmp_path / "copy")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_saved_comes_back(tmp_path: Path, stack: FocalStack, scene: Scene) -> None:
    metadata = {"engine": "thin-lens", "seed": 3, "notes": ["größer"], "request": {"blur": 0.6}}
    save_stack(tmp_path / "out", stack, scene, metadata)
    assert _names(tmp_path / "out") == NAMES
    stack_again, scene_again, described = load_stack(tmp_path / "out")
    assert (stack_again.frames == stack.frames).all()
    assert (stack_again.focus_disparity == stack.focus_disparity).all()
    assert (scene_again.all_in_focus == scene.all_in_focus).all()
    assert (scene_again.disparity.values == scene.disparity.values).all()
    assert (scene_again.disparity.metric, scene_again.disparity.source) == (False, "a ramp")
    assert {key: described[key] for key in metadata} == metadata
    assert described["positions"] == [0, 1, 2, 3]
    assert (described["width"], described["height"], described["frames"]) == (96, 70, 4)


def test_a_shorter_stack_leaves_no_older_frames(saved: Path, stack: FocalStack, scene: Scene) -> None:
    (saved / "mine.txt").touch()
    save_stack(saved, FocalStack(stack.frames[:3], stack.focus_disparity[:3]), scene, {}, bare_fps=5)
    assert _names(saved) == sorted({*NAMES, "mine.txt"} - {"frame_03.png"})
    assert len(load_stack(saved)[0]) == 3


def test_stopping_leaves_the_folder_as_it_was(saved: Path, stack: FocalStack, scene: Scene) -> None:
    def stop(stage: str, done: float) -> None:
        if done > 0.7:
            raise Cancelled

    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    with pytest.raises(Cancelled):
        save_stack(saved, stack, scene, {"engine": "other"}, progress=stop)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


def test_equal_stacks_are_equal_files(tmp_path: Path, stack: FocalStack, scene: Scene) -> None:
    for name in ("a", "b"):
        save_stack(tmp_path / name, stack, scene, {"seed": 0}, bare_fps=5)
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_video_can_be_bare_frames_or_one_already_written(tmp_path: Path, stack: FocalStack, scene: Scene) -> None:
    ready = tmp_path / "ready.mp4"
    ready.write_bytes(b"a video")
    save_stack(tmp_path / "given", stack, scene, {}, video=ready)
    save_stack(tmp_path / "bare", stack, scene, {}, bare_fps=5)
    save_stack(tmp_path / "sweep", stack, scene, {})
    assert (tmp_path / "given" / "stack.mp4").read_bytes() == b"a video"
    sizes = {name: (tmp_path / name / "stack.mp4").stat().st_size for name in ("bare", "sweep")}
    assert 0 < sizes["bare"] < sizes["sweep"]


def test_progress_rises(tmp_path: Path, stack: FocalStack, scene: Scene) -> None:
    seen: list[tuple[str, float]] = []
    save_stack(tmp_path, stack, scene, {}, bare_fps=5, progress=lambda stage, done: seen.append((stage, done)))
    assert seen[0] == ("Writing the frames", 0.0)
    assert seen[-1] == ("Writing the video", 1.0)
    assert [done for _, done in seen] == sorted(done for _, done in seen)


def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, stack: FocalStack, scene: Scene
) -> None:
    smaller = Scene(scene.all_in_focus[:-1], Disparity(scene.disparity.values[:-1], metric=False, source="x"))
    with pytest.raises(BadInput, match="96x69"):
        save_stack(tmp_path / "out", stack, smaller, {})
    with pytest.raises(ValueError, match="frames"):
        save_stack(tmp_path / "out", stack, scene, {"frames": 3})
    assert not (tmp_path / "out").exists()


def _problems(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load_stack(folder)
    assert caught.value.todo
    return caught.value.message


def test_a_folder_without_a_stack(tmp_path: Path) -> None:
    assert "no focal stack" in _problems(tmp_path)
    assert "no focal stack" in _problems(tmp_path / "missing")


@pytest.mark.parametrize("content", ["{", "[1, 2]", '"text"', "\xff\xfe", "[" * 100_000])
def test_a_stack_json_that_is_none(saved: Path, content: str) -> None:
    (saved / "stack.json").write_text(content, encoding="latin-1")
    assert "stack.json" in _problems(saved)


def test_all_problems_are_listed_together(saved: Path) -> None:
    (saved / "frame_01.png").unlink()
    (saved / "frame_02.png").write_bytes((saved / "frame_02.png").read_bytes()[:3000])
    Image.new("RGB", (50, 40)).save(saved / "frame_03.png")
    np.save(saved / "disparity.npy", np.full((70, 96), np.nan, np.float32))
    message = _problems(saved)
    assert "frame_01.png is missing" in message
    assert "frame_02.png is damaged" in message
    assert "frame_03.png is 50x40 px, not 96x70" in message
    assert "disparity.npy" in message
    assert "not finite" in message


@pytest.mark.parametrize("values", [None, "many", [], [1.0], [0.0, 0.5, 1.0, 2.0], [1, 0.5, None, 0], [[1, 0.5]]])
def test_focus_values_that_make_no_sense(saved: Path, values: object) -> None:
    described = json.loads((saved / "stack.json").read_text())
    (saved / "stack.json").write_text(json.dumps(described | {"focus_disparity": values}))
    assert "focus_disparity" in _problems(saved)


@pytest.mark.parametrize("about", [None, {}, {"metric": "yes"}, [1]])
def test_disparity_must_say_its_unit(saved: Path, about: object) -> None:
    described = json.loads((saved / "stack.json").read_text())
    (saved / "stack.json").write_text(json.dumps(described | {"disparity": about}))
    assert "metric" in _problems(saved)


@pytest.mark.parametrize("damage", ["missing", "text", "pickle", "cut", "flat"])
def test_disparity_that_cannot_be_used(saved: Path, damage: str) -> None:
    path = saved / "disparity.npy"
    if damage == "missing":
        path.unlink()
    elif damage == "text":
        path.write_text("not numbers")
    elif damage == "pickle":
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:500])
    else:
        np.save(path, np.zeros(7, np.float32))
    assert "disparity.npy" in _problems(saved)


def test_where_the_depth_comes_from_is_kept(tmp_path: Path, stack: FocalStack, scene: Scene) -> None:
    known = replace(scene, disparity=replace(scene.disparity, origin="recorded", confidence=0.7))
    save_stack(tmp_path / "out", stack, known, {})
    _, loaded, described = load_stack(tmp_path / "out")
    assert (loaded.disparity.origin, loaded.disparity.confidence) == ("recorded", 0.7)
    assert described["disparity"]["origin"] == "recorded"
