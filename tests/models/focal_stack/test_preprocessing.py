"""The photo as the model sees it."""

import numpy as np
import pytest
import torch

from refocus.models.focal_stack.preprocessing import clip_pixels, photo_frame


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_frame_range(rgb: np.ndarray) -> None:
    rgb[:] = [0, 255, 51]
    frame = photo_frame(rgb, 64, 128)
    assert frame.shape == (3, 128, 64)
    assert frame.dtype == torch.float32
    assert torch.allclose(frame[:, 5, 5], torch.tensor([-1.0, 1.0, -0.6]))


def resized(frame: torch.Tensor) -> torch.Tensor:
    return clip_pixels(frame, 224, [0.0] * 3, [1.0] * 3, "published")[0]


def test_antialiased_resize_keeps_flat_and_removes_fine_stripes() -> None:
    flat = torch.full((3, 448, 320), 0.3)
    stripes = torch.ones(1, 1, 896).cumsum(-1).remainder(2).mul(2).sub(1).expand(3, 300, 896)  # -1 and 1 by turns
    assert torch.allclose(resized(flat), torch.full((3, 224, 224), 0.3), atol=1e-6)
    assert resized(stripes).abs().max() < 0.05


def test_a_small_frame_is_only_interpolated() -> None:
    frame = torch.rand(3, 64, 100, generator=torch.Generator().manual_seed(0))
    # Corners are aligned, so they keep their values.
    assert torch.allclose(resized(frame)[:, ::223, ::223], frame[:, ::63, ::99], atol=1e-6)


def test_a_frame_thinner_than_clip_shrinks_along_its_long_side() -> None:
    assert torch.isfinite(resized(torch.rand(3, 64, 7808))).all()


def test_clip_range_by_hand() -> None:
    frame = torch.full((3, 64, 64), -1.0)
    published = clip_pixels(frame, 224, [0.5] * 3, [0.25] * 3, "published")
    corrected = clip_pixels(frame, 224, [0.5] * 3, [0.25] * 3, "corrected")
    assert published.shape == corrected.shape == (1, 3, 224, 224)
    assert torch.allclose(published, torch.tensor(-6.0), atol=1e-4)  # (-1 - 0.5) / 0.25
    assert torch.allclose(corrected, torch.tensor(-2.0), atol=1e-4)  # (0 - 0.5) / 0.25
