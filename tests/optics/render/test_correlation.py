"""What hides and what is hidden, over the lens: a picture is the mean of what the parts of the lens see."""

import numpy as np
import pytest

from refocus.optics import Aperture, render_focus
from refocus.optics.render.quality import Quality

SIZE = (96, 128)


def _halves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A round opening, and its left and right half, as masks that reach equally far."""
    rows, columns = np.indices((101, 101)) - 50
    disc = np.hypot(rows, columns) <= 50
    return disc, disc & (columns < 0), disc & (columns > 0)


def _post_before_a_wall() -> tuple[np.ndarray, np.ndarray]:
    """A dark post before a wall that is bright on the left and dim on the right of it."""
    scene = np.full((*SIZE, 3), 0.9, np.float32)
    scene[:, SIZE[1] // 2 :] = 0.1
    disparity = np.zeros(SIZE, np.float32)
    disparity[:, 60:68] = 0.5
    scene[:, 60:68] = 0.02
    return scene, disparity


@pytest.mark.parametrize("quality", ["standard", "exact"])
@pytest.mark.parametrize("focus", [1.0, -0.4])
def test_the_lens_sees_the_mean_of_what_its_halves_see(quality: Quality, focus: float) -> None:
    scene, disparity = _post_before_a_wall()
    disparity[:6, :6] = 1.0  # so that the focus lies in the scene's range
    disparity[-6:, -6:] = -0.4
    whole, left, right = (
        render_focus(
            scene,
            disparity,
            focus_disparity=focus,
            coc_px_per_disparity=24.0,
            aperture=Aperture.from_mask(opening),
            quality=quality,
        )[24:-24, 40:-40]
        for opening in _halves()
    )
    assert np.abs(left - right).max() > 0.1
    np.testing.assert_allclose(whole, (left + right) / 2, atol=0.045)


def test_an_edge_cuts_the_disc_of_a_lamp_behind_it() -> None:
    # Focus 1, lamp at 0 in column 56, edge at 0.5 in column 64: from lens point a (-1 to 1) the lamp is seen in
    # column 56 - 12 a, and the edge passes before it where 56 - 6 a = 64. So all of its disc is seen, though the
    # edge's own blur reaches far into it.
    scene, disparity = np.zeros((*SIZE, 3), np.float32), np.zeros(SIZE, np.float32)
    disparity[:, 64:] = 0.5
    disparity[:6, :6] = 1.0
    scene[48, 56] = 50.0
    seen = render_focus(scene, disparity, focus_disparity=1.0, coc_px_per_disparity=24.0)[..., 0]
    rows, columns = np.indices(SIZE)
    disc = np.hypot(rows - 48, columns - 56) <= 12.0
    assert np.abs(seen - disc * 50.0 / (np.pi * 12.0**2)).sum() < 0.12 * 50.0
    assert seen.sum() > 0.95 * 50.0
