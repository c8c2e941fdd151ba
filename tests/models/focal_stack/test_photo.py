"""The photo as the model sees it."""

import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput
from refocus.models.focal_stack.photo import clip_pixels, photo_frame, photo_srgb8, resize_antialiased


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_every_form_of_a_photo_is_the_same_photo(rgb: np.ndarray) -> None:
    channels_first = torch.from_numpy(rgb).permute(2, 0, 1)
    forms = [
        Image.fromarray(rgb),
        Image.fromarray(np.dstack([rgb, np.zeros_like(rgb[..., :1])])),
        rgb,
        rgb / 255.0,
        (rgb / 255.0).astype(np.float32),
        channels_first,
        channels_first[None] / 255.0,
    ]
    for form in forms:
        assert np.array_equal(photo_srgb8(form), rgb)


def test_grey_becomes_three_channels() -> None:
    assert photo_srgb8(Image.new("L", (2, 3), 9)).tolist() == [[[9] * 3] * 2] * 3


@pytest.mark.parametrize(
    "image",
    [
        None,
        "photo.png",
        [Image.new("RGB", (8, 8))],
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        torch.zeros(2, 3, 8, 8),
        np.zeros((8, 8, 3), np.int64),
        np.full((8, 8, 3), np.nan),
        np.full((8, 8, 3), np.inf, np.float32),
        np.full((8, 8, 3), 1.5),
        np.full((8, 8, 3), -0.5),
        Image.new("I;16", (8, 8)),
        Image.new("F", (8, 8)),
    ],
)
def test_what_is_no_photo_is_refused(image: object) -> None:
    with pytest.raises(BadInput) as caught:
        photo_srgb8(image)
    assert caught.value.todo


def test_frame_range(rgb: np.ndarray) -> None:
    rgb[:] = [0, 255, 51]
    frame = photo_frame(rgb, 64, 128)
    assert frame.shape == (3, 128, 64)
    assert frame.dtype == torch.float32
    assert torch.allclose(frame[:, 5, 5], torch.tensor([-1.0, 1.0, -0.6]))


def test_antialiased_resize_keeps_flat_and_removes_fine_stripes() -> None:
    flat = torch.full((1, 448, 320), 0.3)
    stripes = torch.ones(1, 1, 896).cumsum(-1).remainder(2).mul(2).sub(1).expand(1, 300, 896)  # -1 and 1 by turns
    assert torch.allclose(resize_antialiased(flat, 224), torch.full((1, 224, 224), 0.3), atol=1e-6)
    assert resize_antialiased(stripes, 224).abs().max() < 0.05


def test_a_small_frame_is_only_interpolated() -> None:
    frame = torch.rand(3, 64, 100, generator=torch.Generator().manual_seed(0))
    resized = resize_antialiased(frame, 224)
    # Corners are aligned, so they keep their values.
    assert torch.allclose(resized[:, ::223, ::223], frame[:, ::63, ::99], atol=1e-6)


def test_a_frame_thinner_than_clip_shrinks_along_its_long_side() -> None:
    assert torch.isfinite(resize_antialiased(torch.rand(3, 64, 7808), 224)).all()


def test_clip_range_by_hand() -> None:
    frame = torch.full((3, 64, 64), -1.0)
    published = clip_pixels(frame, 224, [0.5] * 3, [0.25] * 3, "published")
    corrected = clip_pixels(frame, 224, [0.5] * 3, [0.25] * 3, "corrected")
    assert published.shape == corrected.shape == (1, 3, 224, 224)
    assert torch.allclose(published, torch.tensor(-6.0), atol=1e-4)  # (-1 - 0.5) / 0.25
    assert torch.allclose(corrected, torch.tensor(-2.0), atol=1e-4)  # (0 - 0.5) / 0.25
