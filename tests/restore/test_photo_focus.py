"""The photo's own focus, from blur that is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.restore import photo_focus

HEIGHT, WIDTH = 120, 160


def slanted_scene(focus: float, slope_px: float) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A textured floor from disparity 0 (left) to 1 (right), and the blur a lens focused at `focus` leaves."""
    photo = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    disparity = np.tile(np.linspace(0, 1, WIDTH, dtype=np.float32), (HEIGHT, 1))
    return photo, disparity, slope_px * np.abs(disparity[::4, ::4] - focus)


@pytest.mark.parametrize("focus", [0.0, 0.3, 0.75, 1.0])
def test_it_is_where_the_blur_vanishes(focus: float) -> None:
    found = photo_focus(*slanted_scene(focus, slope_px=10))
    assert found is not None
    assert found.disparity == pytest.approx(focus, abs=0.03)


def test_the_slope_tells_how_open_the_lens_was() -> None:
    narrow, wide = (photo_focus(*slanted_scene(0.5, slope_px)) for slope_px in (6.0, 12.0))
    assert narrow is not None
    assert wide is not None
    assert wide.coc_px_per_disparity == pytest.approx(2 * narrow.coc_px_per_disparity, rel=0.1)
    assert narrow.coc_px_per_disparity == pytest.approx(6.0, rel=0.25)


def test_smooth_places_have_no_weight() -> None:
    photo, disparity, blur_px = slanted_scene(0.25, slope_px=10)
    photo[:, WIDTH // 2 :] = 128
    blur_px[:, WIDTH // 8 :] = 0  # where nothing is to be seen, the blur found means nothing
    found = photo_focus(photo, disparity, blur_px)
    assert found is not None
    assert found.disparity == pytest.approx(0.25, abs=0.05)


def test_a_photo_sharp_throughout_has_no_focus_of_its_own() -> None:
    assert photo_focus(*slanted_scene(0.5, slope_px=1.0)) is None


def test_a_photo_of_nothing_has_no_focus() -> None:
    _, disparity, blur_px = slanted_scene(0.5, slope_px=10)
    assert photo_focus(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), disparity, blur_px) is None
