"""A folder that format 1 wrote still loads, and shows the same pictures."""

import json
import shutil
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from refocus import Refocused, RefocusPipeline
from refocus.cli import main

HERE = Path(__file__).parent
STACK_V1 = HERE.parent / "data" / "stack_v1"
ROUNDING = 2  # grey levels by which another processor may round a rendered picture


@pytest.fixture(scope="module")
def loaded() -> Refocused:
    return RefocusPipeline().load(STACK_V1)


def test_its_files_are_read_as_they_are(loaded: Refocused) -> None:
    for index in range(3):
        assert np.array_equal(loaded.at(index), iio.imread(STACK_V1 / f"frame_{index:02d}.png"))
    assert np.array_equal(loaded.scene.all_in_focus, iio.imread(STACK_V1 / "all_in_focus.png"))
    assert np.array_equal(loaded.scene.disparity.values, np.load(STACK_V1 / "disparity.npy"))


def test_what_it_tells_is_read(loaded: Refocused) -> None:
    description = json.loads((STACK_V1 / "stack.json").read_text(encoding="utf-8"))
    assert loaded.engine == description["engine"] == "thin-lens"
    assert loaded.stack.focus_disparity == pytest.approx(description["focus_disparity"])
    assert (loaded.scene.disparity.metric, loaded.scene.disparity.source) == (False, description["disparity"]["source"])
    assert loaded.scene.disparity.confidence == description["disparity"]["confidence"]
    assert (loaded.photo.camera.focal_length_mm, loaded.photo.camera.f_number) == (50, 1.8)
    assert loaded.photo_focus == pytest.approx(description["photo_focus"])
    assert loaded.photo_position == pytest.approx(description["photo_position"])
    assert (loaded.seed, loaded.seconds) == (None, description["seconds"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--at", "40,30", "--aperture", "star", "--blur", "0.8"], "stack_v1_at_40_30_star.png"),
        (["--prompt", "focus on the background, f/2"], "stack_v1_background.png"),
    ],
)
def test_its_pictures_are_the_same(options: list[str], expected: str, tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    assert main(["bokeh", str(STACK_V1), "--out", str(out), *options]) == 0
    difference = iio.imread(out).astype(int) - iio.imread(HERE / expected)
    assert np.abs(difference).max() <= ROUNDING


def test_a_folder_from_before_versions_loads_the_same(loaded: Refocused, tmp_path: Path) -> None:
    shutil.copytree(STACK_V1, tmp_path / "old")
    description = json.loads((STACK_V1 / "stack.json").read_text(encoding="utf-8"))
    assert description.pop("format") == 1
    for later in ("origin", "confidence"):
        del description["disparity"][later]
    for later in ("weights", "photo_focus", "photo_position"):
        del description[later]
    (tmp_path / "old" / "stack.json").write_text(json.dumps(description), encoding="utf-8")
    old = RefocusPipeline().load(tmp_path / "old")
    assert np.array_equal(old.stack.frames, loaded.stack.frames)
    assert np.array_equal(old.bokeh(position=1.5), loaded.bokeh(position=1.5))
