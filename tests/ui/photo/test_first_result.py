import numpy as np
import pytest

from refocus.depth import estimate_disparity
from refocus.media import Photo
from refocus.ui.photo.first_result import FOLDER, PHOTO, first_made, first_view


def test_it_is_whole_and_small() -> None:
    made, view = first_made(), first_view()
    assert made is not None
    assert view is not None
    height, width = made.result.scene.all_in_focus.shape[:2]
    assert made.result.stack.frames.shape == (9, height, width, 3)
    assert made.result.scene.disparity.values.shape == (height, width)
    assert (view.width, view.height) == (width, height)
    assert sum(path.stat().st_size for path in (FOLDER / "view").iterdir()) < 500_000


def test_the_stored_picture_is_that_of_the_photo_in_focus() -> None:
    made = first_made()
    assert made is not None
    photo = made.result.photo.resized(1024).rgb
    assert np.abs(made.result.scene.all_in_focus.astype(int) - photo).mean() < 6


def test_it_is_what_would_be_made_now() -> None:
    """When this fails, depth estimation changed: run `python -m tests.make_first_result`."""
    made = first_made()
    assert made is not None
    now = estimate_disparity(Photo.open(PHOTO).resized(1024).rgb).values
    stored = made.result.scene.disparity.values
    assert np.abs(now - stored).mean() < 0.02 * np.ptp(now)
    nearest, farthest = np.percentile(now, (99.5, 0.5))
    assert made.result.stack.focus_disparity == pytest.approx(np.linspace(nearest, farthest, 9), abs=0.05)
