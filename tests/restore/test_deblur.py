"""Restoration keeps its promises with any weights, and is worth its name with the trained ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.restore import restore_photo
from refocus.restore.deblur import BLURRED_ABOVE_PX, SHARP_BELOW_PX, deblur, gate
from refocus.restore.network import SHAPES, BlurNetwork, trained_network

Photo = NDArray[np.uint8]


@pytest.fixture(scope="module")
def sharp(assets: Path) -> Photo:
    """A photograph of stones and leaves, shrunk until it is sharp all over; not one of those learned from."""
    return np.asarray(Image.open(assets / "stream.jpg").convert("RGB").resize((480, 320), Image.Resampling.LANCZOS))


@pytest.fixture(scope="module")
def soft(sharp: Photo) -> Photo:
    return blurred(sharp, 5.0)


def blurred(photo: Photo, coc_px: float) -> Photo:
    return linear_to_srgb8(cv2.filter2D(srgb_to_linear(photo), -1, BlurKernels(Aperture()).kernel(coc_px)))


def network_of(blur_px: float, gain: float) -> BlurNetwork:
    """Finds the same blur everywhere and adds the same share of every band."""
    tensors = {name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}
    tensors["third.bias"][:] = gain
    tensors["third.bias"][-1] = np.log1p(blur_px)
    return BlurNetwork(tensors)


def psnr(picture: Photo, truth: Photo) -> float:
    return float(10 * np.log10(255**2 / np.mean((picture.astype(float) - truth) ** 2)))


def test_sharp_pixels_are_unchanged(soft: Photo) -> None:
    restored, _ = deblur(soft, network_of(blur_px=1.4, gain=1.0))
    assert (restored == soft).all()


def test_gains_apply_to_blurred_pixels(soft: Photo) -> None:
    sharper, blur_px = deblur(soft, network_of(blur_px=5.0, gain=0.5))
    softer, _ = deblur(soft, network_of(blur_px=5.0, gain=-0.5))
    assert sharper.std() > soft.std() > softer.std()
    assert blur_px == pytest.approx(5.0)


def test_the_gate_opens_between_its_bounds() -> None:
    opened = gate(np.array([SHARP_BELOW_PX, (SHARP_BELOW_PX + BLURRED_ABOVE_PX) / 2, 30.0], np.float32))
    assert opened.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (37, 41)])
def test_any_size_comes_back(size: tuple[int, int], soft: Photo) -> None:
    photo = soft[: size[0], : size[1]]
    restored, blur_px = deblur(photo)
    assert restored.shape == photo.shape
    assert blur_px.shape == (-(-size[0] // 4), -(-size[1] // 4))


def test_strips_of_a_tall_photo_have_no_seams(soft: Photo) -> None:
    tall = np.tile(soft, (6, 1, 1))[:, :96]
    restored, _ = deblur(tall)
    turned, _ = deblur(np.ascontiguousarray(tall.transpose(1, 0, 2)))  # lying, it is one strip
    assert np.abs(restored.astype(int) - turned.transpose(1, 0, 2)).max() <= 2


def test_a_blurred_photo_gains(soft: Photo, sharp: Photo) -> None:
    restored, blur_px = deblur(soft)
    assert psnr(restored, sharp) > psnr(soft, sharp) + 0.5
    assert np.median(blur_px) == pytest.approx(5.0, abs=2.0)


def test_a_noisy_blurred_photo_gains_and_its_noise_does_not(soft: Photo, sharp: Photo) -> None:
    noise = np.random.default_rng(0).normal(0, 6, soft.shape)
    noisy = np.clip(np.rint(soft + noise), 0, 255).astype(np.uint8)
    restored, _ = deblur(noisy)
    assert psnr(restored, sharp) > psnr(noisy, sharp) + 0.3


def test_a_sharp_photo_hardly_changes(sharp: Photo) -> None:
    restored, _ = deblur(sharp)
    assert np.abs(restored.astype(int) - sharp).mean() < 0.5


@pytest.mark.parametrize("coc_px", [4.0, 8.0, 14.0])
def test_no_rings_beside_a_blurred_step(coc_px: float) -> None:
    step = np.full((96, 96, 3), 60, np.uint8)
    step[:, 48:] = 190
    restored, _ = deblur(blurred(step, coc_px))
    assert restored.min() >= 60 - 8
    assert restored.max() <= 190 + 8


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_photo_without_detail_is_not_said_to_be_sharpened(grey: int) -> None:
    restored = restore_photo(np.full((64, 80, 3), grey, np.uint8), lambda fraction: None)
    assert restored.notes == ("The photo has no detail that could be sharpened.",)


def test_the_note_says_what_was_restored(soft: Photo, sharp: Photo) -> None:
    assert any("was sharpened by estimate" in note for note in restore_photo(soft, lambda fraction: None).notes)
    assert any("sharp throughout" in note for note in restore_photo(sharp, lambda fraction: None).notes)


def test_the_network_is_loaded_once() -> None:
    assert trained_network() is trained_network()
