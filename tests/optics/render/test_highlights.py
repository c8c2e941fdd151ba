"""Highlight recovery: lamps rise, skies and shirts stay."""

from typing import Any

import numpy as np
import pytest
import torch

from refocus.core import BadInput
from refocus.optics import recover_highlights


def _night(lamp_px: int = 3) -> np.ndarray:
    scene = np.full((200, 300, 3), 0.05, np.float32)
    scene[50 : 50 + lamp_px, 80 : 80 + lamp_px] = 1.0
    return scene


def test_small_lamps_rise_and_the_rest_stays() -> None:
    scene = _night()
    recovered = recover_highlights(scene, 1.0)
    assert recovered[51, 81].min() > 10.0
    recovered[50:53, 80:83] = scene[50:53, 80:83]
    np.testing.assert_array_equal(recovered, scene)


def test_strength_is_gradual_and_zero_does_nothing() -> None:
    scene = _night()
    np.testing.assert_array_equal(recover_highlights(scene, 0.0), scene)
    assert 1.0 < recover_highlights(scene, 0.3)[51, 81, 0] < recover_highlights(scene, 1.0)[51, 81, 0]


def test_large_white_areas_stay() -> None:
    sky = np.full((200, 300, 3), 0.3, np.float32)
    sky[:90] = 1.0
    np.testing.assert_array_equal(recover_highlights(sky, 1.0), sky)


def test_white_spots_in_bright_surroundings_stay() -> None:
    shirt = np.full((200, 300, 3), 0.75, np.float32)
    shirt[50:53, 80:83] = 1.0
    np.testing.assert_array_equal(recover_highlights(shirt, 1.0), shirt)


def test_tensors_come_back_as_tensors() -> None:
    scene = _night()
    recovered = recover_highlights(torch.from_numpy(scene), 0.5)
    assert isinstance(recovered, torch.Tensor)
    np.testing.assert_allclose(recovered.numpy(), recover_highlights(scene, 0.5))


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), "strong", None])
def test_strength_out_of_range_is_refused(strength: Any) -> None:
    with pytest.raises(BadInput, match="strength"):
        recover_highlights(_night(), strength)
