"""Restoration keeps its promises with any weights, and is worth its name with the trained ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from refocus.core import Disparity
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import Aperture, render_focus
from refocus.optics.lens.kernels import BlurKernels
from refocus.restore import restore_photo
from refocus.restore.deblur import (
    BLURRED_ABOVE_PX,
    LOST_ABOVE_PX,
    SHARP_BELOW_PX,
    STRONG_ABOVE_PX,
    add_detail,
    gate,
)

Photo = NDArray[np.uint8]
Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def sharp(stream_photo: Path) -> Photo:
    """A photograph of stones and leaves, shrunk until it is sharp all over; not one of those learned from."""
    return np.asarray(Image.open(stream_photo).convert("RGB").resize((480, 320), Image.Resampling.LANCZOS))


@pytest.fixture(scope="module")
def soft(sharp: Photo) -> Photo:
    return blurred(sharp, 5.0)


def blurred(photo: Photo, coc_px: float) -> Photo:
    return linear_to_srgb8(cv2.filter2D(srgb_to_linear(photo), -1, BlurKernels(Aperture()).kernel(coc_px)))


def psnr(picture: Photo, truth: Photo) -> float:
    return float(10 * np.log10(255**2 / np.mean((picture.astype(float) - truth) ** 2)))


def cells(photo: Photo, value: float) -> Floats:
    return np.full((-(-photo.shape[0] // 4), -(-photo.shape[1] // 4)), value, np.float32)


def brighter(photo: Floats, blur_px: Floats, side: Floats) -> Floats:
    """A stand-in of the network: adds 10 grey levels."""
    return np.full_like(photo, 10 / 255)


def test_sharp_pixels_are_unchanged(soft: Photo) -> None:
    restored = add_detail(soft, cells(soft, SHARP_BELOW_PX), cells(soft, 0), missing_detail=brighter)
    assert (restored == soft).all()


@pytest.mark.parametrize(("share", "more"), [(1.0, 10), (0.5, 5)])
def test_detail_is_added_to_blurred_pixels(share: float, more: int) -> None:
    bars = np.tile(np.array([0, 100, 200], np.uint8)[None, :, None], (50, 23, 3))
    restored = add_detail(bars, cells(bars, 5.0), cells(bars, 0), share=share, missing_detail=brighter)
    assert np.abs(restored[:, 1::3].astype(int) - (100 + more)).max() <= 1  # less than a grey level is left out
    flat = np.full_like(bars, 100)  # and nothing leaves the range around it
    assert (add_detail(flat, cells(flat, 5.0), cells(flat, 0), missing_detail=brighter) == flat).all()


def test_the_gate_opens_between_its_bounds() -> None:
    middles = (SHARP_BELOW_PX + BLURRED_ABOVE_PX) / 2, (STRONG_ABOVE_PX + LOST_ABOVE_PX) / 2
    opened = gate(np.array([SHARP_BELOW_PX, middles[0], 6.0, middles[1], 30.0], np.float32))
    assert opened.tolist() == [0.0, 0.5, 1.0, 0.5, 0.0]


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (37, 41)])
def test_any_size_comes_back(size: tuple[int, int], soft: Photo) -> None:
    photo = soft[: size[0], : size[1]]
    restored = restore_photo(photo)
    assert restored.rgb.shape == photo.shape
    assert restored.blur_px is not None
    assert restored.blur_px.shape == (-(-size[0] // 4), -(-size[1] // 4))


def test_strips_of_a_tall_photo_have_no_seams(soft: Photo) -> None:
    tall = np.tile(soft, (6, 1, 1))[:, :96]
    blur, side = cells(tall, 5.0), cells(tall, 0)
    whole = add_detail(tall[:1056], blur[:264], side[:264])  # the first strip ends at row 768
    first = add_detail(tall[:768], blur[:192], side[:192])  # without rows below
    strips = add_detail(tall, blur, side)
    assert np.abs(strips[:700].astype(int) - whole[:700]).max() <= 2
    assert np.abs(strips[:768].astype(int) - first).max() > 2  # margins matter: the comparison can fail


def test_a_blurred_photo_gains(soft: Photo, sharp: Photo) -> None:
    result = restore_photo(soft)
    assert psnr(result.rgb, sharp) > psnr(soft, sharp) + 0.8
    assert result.blur_px is not None
    assert np.median(result.blur_px) == pytest.approx(5.0, abs=2.0)


def test_a_stronger_restoration_changes_more(soft: Photo) -> None:
    changes = [np.abs(restore_photo(soft, restoration=strength).rgb.astype(int) - soft).mean()
               for strength in ("off", "careful", "full")]  # fmt: skip
    assert changes[0] == 0
    assert changes[1] == pytest.approx(changes[2] / 2, rel=0.1)
    assert changes[2] > 1


def test_noise_stays_noise(sharp: Photo) -> None:
    """Where there is nothing but noise on a blurred photo, its strength hardly changes."""
    soft = blurred(sharp, 5.0)
    noise = np.random.default_rng(0).normal(0, 4, soft.shape)
    noisy = np.clip(np.rint(soft + noise), 0, 255).astype(np.uint8)
    added = restore_photo(noisy).rgb.astype(float) - restore_photo(soft).rgb
    inside = (soft > 20) & (soft < 235)
    assert added[inside].std() == pytest.approx(4.0, rel=0.35)


def test_a_sharp_photo_hardly_changes(sharp: Photo) -> None:
    restored = restore_photo(sharp).rgb
    assert np.abs(restored.astype(int) - sharp).mean() < 0.5


def test_colours_do_not_shift(soft: Photo) -> None:
    """Blur in linear light brightens in sRGB, so all channels may darken, but no more than others."""
    change = (restore_photo(soft).rgb.astype(float) - soft).mean(axis=(0, 1))
    assert np.abs(change - change.mean()).max() < 0.5


@pytest.mark.parametrize("coc_px", [4.0, 8.0, 14.0])
def test_no_rings_beside_a_blurred_step(coc_px: float) -> None:
    step = np.full((96, 96, 3), 60, np.uint8)
    step[:, 48:] = 190
    seen = blurred(step, coc_px)
    restored = restore_photo(seen).rgb
    assert restored.min() >= int(seen.min()) - 8
    assert restored.max() <= int(seen.max()) + 8


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_photo_without_detail_is_not_said_to_be_sharpened(grey: int) -> None:
    restored = restore_photo(np.full((64, 80, 3), grey, np.uint8))
    assert restored.notes == ("The photo has no detail that could be sharpened.",)


def test_the_side_of_the_focus_comes_from_the_disparity(sharp: Photo) -> None:
    ramp = np.repeat(np.linspace(0, 1, sharp.shape[0], dtype=np.float32)[:, None], sharp.shape[1], axis=1)
    seen = linear_to_srgb8(
        np.asarray(render_focus(srgb_to_linear(sharp), ramp, focus_disparity=0.7, coc_px_per_disparity=14.0))
    )
    disparity = Disparity(ramp, metric=False, source="test")
    result = restore_photo(seen, disparity=disparity)
    assert result.focus is not None
    assert result.focus.disparity == pytest.approx(0.7, abs=0.15)
    assert (result.rgb != restore_photo(seen).rgb).any()
    assert psnr(result.rgb, sharp) > psnr(seen, sharp) + 0.5


def test_off_still_finds_the_blur(soft: Photo) -> None:
    result = restore_photo(soft, restoration="off")
    assert result.blur_px is not None
    assert "as requested" in result.notes[0]
