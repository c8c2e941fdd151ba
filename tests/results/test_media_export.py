from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.compare import write_comparison
from refocus.compare.captions import entry_of
from refocus.compare.variants import Comparison
from refocus.core import BadInput, silent
from refocus.engines import ThinLensEngine
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.prompts import parse_prompt
from refocus.results import Refocused, RefocusRequest
from refocus.results.bokeh_picture import BokehRequest
from refocus.results.focus_pull import focus_pull
from refocus.results.media_export import still_picture, write_motion, write_still
from refocus.results.saved import load_refocused
from refocus.ui.viewer.html_export import save_html


@pytest.fixture(scope="module")
def refocused(two_planes: Photo) -> Refocused:
    return ThinLensEngine().refocus(two_planes, RefocusRequest(frames=3, blur=1, sharp=True), silent)


@pytest.fixture(scope="module")
def from_large(two_planes: Photo) -> Refocused:
    """A stack at half the photo's size."""
    large = Photo(np.repeat(np.repeat(two_planes.rgb, 2, 0), 2, 1), disparity=two_planes.disparity)
    return ThinLensEngine().refocus(large, RefocusRequest(frames=3, blur=1, long_side=96, sharp=True), silent)


def test_a_still_has_the_photos_own_size_and_its_detail_prompt_notes_sharp(from_large: Refocused) -> None:
    near, far = still_picture(from_large, BokehRequest(position=0)), still_picture(from_large, BokehRequest(position=2))
    photo = from_large.photo.rgb
    square, wall = np.s_[56:88, 80:112], np.s_[4:30, 4:60]
    assert near.shape == photo.shape
    for picture, sharp, blurred in ((near, square, wall), (far, wall, square)):
        assert np.abs(picture[sharp].astype(int) - photo[sharp]).mean() < 6
        assert np.abs(picture[blurred].astype(int) - photo[blurred]).mean() > 20


def test_a_still_of_a_stack_at_full_size_is_its_frame(refocused: Refocused) -> None:
    assert np.abs(still_picture(refocused, BokehRequest(position=2)).astype(int) - refocused.at(2)).max() <= 1


def luma(picture: np.ndarray) -> np.ndarray:
    """What is left of random colours in a video, which halves the resolution of colour."""
    return picture @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("motion", "first", "last"), [("loop", 0, 0), ("sweep", 0, 2), ("pull", 2, 1)])
def test_a_motion_shows_the_stack(refocused: Refocused, tmp_path: Path, motion: str, first: int, last: int) -> None:
    write_motion(refocused, tmp_path / "a.mp4", motion, start=2, end=1, seconds=2)  # type: ignore[arg-type]
    shown = iio.imread(tmp_path / "a.mp4")
    for frame, position in ((shown[0], first), (shown[-1], last)):
        distances = [np.abs(luma(frame) - luma(refocused.at(p))).mean() for p in range(3)]
        assert int(np.argmin(distances)) == position


def test_a_motion_can_be_an_animation(refocused: Refocused, tmp_path: Path) -> None:
    write_motion(refocused, tmp_path / "a.webp", "sweep", seconds=2)
    with Image.open(tmp_path / "a.webp") as saved:
        assert getattr(saved, "is_animated", False)
        assert saved.size == (96, 72)


def test_what_cannot_be_written_is_refused_with_what_can(refocused: Refocused, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        write_motion(refocused, tmp_path / "a.gif")
    assert ".webp" in caught.value.todo
    with pytest.raises(BadInput) as caught:
        write_still(refocused, tmp_path / "a.png", 7)
    assert "0 (nearest) to 2" in caught.value.todo
    assert list(tmp_path.iterdir()) == []


def test_a_still_is_rendered_as_the_stack_was(from_large: Refocused) -> None:
    weak = replace(from_large, request=RefocusRequest(blur=0.1))
    assert (
        np.abs(
            still_picture(weak, BokehRequest(position=0)).astype(int)
            - still_picture(from_large, BokehRequest(position=0))
        ).mean()
        > 5
    )


def test_python_writers_never_replace_the_photo_or_a_part_of_a_stack(two_planes: Photo, tmp_path: Path) -> None:
    file = tmp_path / "photos" / "cat.png"
    file.parent.mkdir()
    Image.fromarray(two_planes.rgb).save(file)
    before = file.read_bytes()
    result = RefocusPipeline().run(Photo.open(file), RefocusRequest(frames=3))
    result.save(tmp_path / "S", fps=5)
    (tmp_path / "sweep.mp4").symlink_to(file)
    (tmp_path / "page.html").hardlink_to(file)
    saved = load_refocused(tmp_path / "S")
    writers: list[Callable[[], None]] = [
        lambda: result.save(file.parent),
        lambda: write_still(result, file, 0),
        lambda: write_still(saved, tmp_path / "S" / "frame_00.png", 0),
        lambda: write_motion(result, tmp_path / "sweep.mp4"),
        lambda: write_motion(saved, tmp_path / "S" / "stack.mp4"),
        lambda: save_html(result, tmp_path / "page.html"),
        lambda: write_comparison(tmp_path / "sweep.mp4", [Comparison("cat", (96, 64), (entry_of(result, "ours"),))]),
        lambda: focus_pull(
            result, BokehRequest(parse_prompt("rack focus from the foreground to the background"))
        ).write(tmp_path / "sweep.mp4"),
    ]
    for write in writers:
        with pytest.raises(BadInput, match="Choose another"):
            write()
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["cat.png"]
    load_refocused(tmp_path / "S")
