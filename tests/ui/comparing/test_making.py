import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.media import write_frames_video, zip_files
from refocus.pipeline import RefocusPipeline
from refocus.ui.background import Done
from refocus.ui.comparing.making import Compared, Wish, brought_entries, make_comparison
from refocus.ui.comparing.views import compared_views
from tests.engines.comparisons import grey_stack, small_comparison
from tests.evaluate.pictures import blurred_stack, textured, write_stack


@pytest.fixture
def photo(tmp_path: Path) -> str:
    Image.fromarray(textured(0, 96, 128)).save(tmp_path / "wall.png")
    return str(tmp_path / "wall.png")


def wish(photo: str, **given: object) -> Wish:
    start = {"engines": ("thin-lens",), "blurs": (0.6,), "apertures": ("circle",), "depth_sources": ("auto",)}
    return Wish(photo, **{**start, "long_side": 96, **given})


def test_every_combination_is_a_column() -> None:
    variants = wish("", blurs=(0.2, 0.8), apertures=("circle", "heart")).variants()
    told = [(variant.request.blur, variant.request.aperture) for variant in variants]
    assert told == [(0.2, "circle"), (0.2, "heart"), (0.8, "circle"), (0.8, "heart")]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"engines": ()}, "No engine"), ({"blurs": (), "apertures": ()}, "No blur strength and no aperture"),
     ({"blurs": (0.1, 0.2, 0.3), "apertures": ("circle", "heart", "star")}, "9 combinations")],
)  # fmt: skip
def test_nothing_or_too_much_is_refused(given: dict[str, tuple], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        wish("", **given).variants()


def test_a_comparison_has_views_a_grid_and_a_video(photo: str, tmp_path: Path) -> None:
    video = tmp_path / "theirs.mp4"
    write_frames_video(video, grey_stack(5, 64, 96))
    asked = wish(photo, engines=("thin-lens", "video-diffusion"), brought=(str(video),))
    *updates, done = make_comparison(RefocusPipeline(), asked, tmp_path / "made", threading.Event())
    assert isinstance(done, Done)
    made: Compared = done.result
    assert [entry.view is not None for entry in made.views.entries] == [True, False, True]
    assert "cannot run here" in made.views.entries[1].why
    assert made.views.entries[2].label == "theirs"
    assert Image.open(made.grid).size[0] > 1000
    assert made.video.stat().st_size > 1000
    assert updates


def test_views_hold_what_the_browser_needs(tmp_path: Path) -> None:
    ours, theirs, none = compared_views(small_comparison(), tmp_path).entries
    assert ours.view is not None
    assert theirs.view is not None
    assert (len(ours.view.frames), len(theirs.view.frames)) == (9, 5)
    assert (ours.view.sharpest is not None, theirs.view.sharpest) == (True, None)
    assert (none.view, none.why) == (None, "It has no weights here. Download them.")


def test_pictures_brought_are_one_stack_and_videos_and_zips_each_one(tmp_path: Path) -> None:
    frames = write_stack(tmp_path / "frames", blurred_stack(0, 3))
    write_frames_video(tmp_path / "a.mp4", grey_stack(5, 64, 96))
    files = [*map(str, sorted(frames.iterdir(), reverse=True)), str(tmp_path / "a.mp4")]
    zip_files(tmp_path / "packed.zip", sorted(frames.iterdir()))
    video, packed, pictures = brought_entries([*files, str(tmp_path / "packed.zip")], tmp_path, far_first=False)
    assert packed.label == "packed"
    assert packed.stack is not None
    assert np.array_equal(packed.stack.frames, blurred_stack(0, 3))
    assert video.label == "a"
    assert pictures.stack is not None
    assert np.array_equal(pictures.stack.frames, blurred_stack(0, 3))
    with pytest.raises(BadInput, match=r"notes\.txt"):
        brought_entries([*files, "notes.txt"], tmp_path, far_first=False)
