import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from refocus.core.colour import linear_to_srgb8
from refocus.media.colours import srgb_profile, to_srgb

XYZ_D50_TO_SRGB = np.array(  # Lindbloom's sRGB matrix, Bradford-adapted to D50
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)


def _image(colours: list) -> Image.Image:
    return Image.fromarray(np.array([colours], np.uint8))


def _by_hand(colours: list, to_xyz: tuple, gamma: float) -> np.ndarray:
    linear = (np.array([colours]) / 255.0) ** gamma
    return linear_to_srgb8(linear @ np.array(to_xyz).T @ XYZ_D50_TO_SRGB.T)


COLOURS = [(255, 255, 255), (0, 0, 0), (200, 150, 120), (90, 120, 80), (60, 70, 140), (128, 128, 128), (30, 200, 40)]


def test_wide_gamut_colours_by_hand(rgb_profile: Callable[..., bytes]) -> None:
    from_p3 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))
    rgb, notes = to_srgb(_image(COLOURS), rgb_profile())
    assert np.abs(np.asarray(rgb).astype(int) - _by_hand(COLOURS, from_p3, 2.2)).max() <= 1
    assert notes == ("Colours converted from Test P3 to sRGB.",)


def test_the_gamma_of_the_profile_counts(rgb_profile: Callable[..., bytes]) -> None:
    from_p3 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))
    rgb, _ = to_srgb(_image(COLOURS), rgb_profile(gamma=1.0))
    assert np.abs(np.asarray(rgb).astype(int) - _by_hand(COLOURS, from_p3, 1.0)).max() <= 1


def test_srgb_pixels_stay_untouched() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    rgb, notes = to_srgb(Image.fromarray(colours), srgb_profile())
    assert (np.asarray(rgb) == colours).all()
    assert notes == ()


def test_linear_grey_by_hand(grey_profile: bytes) -> None:
    rgb, notes = to_srgb(Image.fromarray(np.array([[0, 55, 128, 255]], np.uint8)), grey_profile)
    expected = linear_to_srgb8(np.array([0, 55, 128, 255]) / 255.0)
    assert np.abs(np.asarray(rgb).astype(int)[0] - expected[:, None]).max() <= 1
    assert "Linear grey" in notes[0]


def test_a_grey_picture_may_carry_an_rgb_profile() -> None:
    rgb, notes = to_srgb(Image.new("L", (3, 3), 77), srgb_profile())
    assert np.asarray(rgb).tolist() == [[[77] * 3] * 3] * 3
    assert notes == ()


def test_cmyk_goes_through_its_profile(cmyk_profile: bytes) -> None:
    half_black, cyan = (0, 0, 0, 128), (255, 0, 0, 0)
    ink = Image.new("CMYK", (2, 1))
    ink.putpixel((0, 0), half_black)
    ink.putpixel((1, 0), cyan)
    rgb, notes = to_srgb(ink, cmyk_profile)
    grey, tint = np.asarray(rgb).astype(int)[0]
    # L* = 100 * (1 - 128/255) = 49.8 is Y = 0.1826, sRGB 118.6; black point compensation has nothing to move here
    assert np.abs(grey - 119).max() <= 2
    # Lab (100, -40, 0): X = 0.9642 * 0.92^3, Y = 1, Z = 0.8249; linear sRGB (0.331, 1.21, 0.984)
    assert np.abs(tint - (156, 255, 253)).max() <= 2
    assert "Test press" in notes[0]


def test_cmyk_without_a_profile_says_that_colours_are_approximate() -> None:
    rgb, notes = to_srgb(Image.new("CMYK", (2, 2), (0, 255, 0, 0)), None)
    assert np.asarray(rgb)[0, 0].tolist() == [255, 0, 255]
    assert "approximate" in notes[0]


def test_lab_by_hand() -> None:
    lab = Image.merge("LAB", [Image.new("L", (1, 1), value) for value in (round(53.585 * 2.55), 128, 128)])
    assert np.abs(np.asarray(to_srgb(lab, None)[0]).astype(int) - 128).max() <= 1  # L* 53.585 is sRGB 128


@pytest.mark.parametrize("damage", ["not a profile", "cut"])
def test_a_broken_profile_is_said_and_ignored(damage: str, rgb_profile: Callable[..., bytes]) -> None:
    profile = b"junk" * 50 if damage == "not a profile" else rgb_profile()[:150]
    rgb, notes = to_srgb(_image(COLOURS), profile)
    assert np.asarray(rgb)[0].tolist() == [list(colour) for colour in COLOURS]
    assert notes == ("Its colour profile is broken; colours are taken as sRGB.",)


def test_a_profile_of_another_kind_is_left_out(cmyk_profile: bytes) -> None:
    rgb, notes = to_srgb(_image(COLOURS), cmyk_profile)
    assert np.asarray(rgb)[0].tolist() == [list(colour) for colour in COLOURS]
    assert "another kind" in notes[0]


def test_the_profile_for_saving_is_srgb_and_always_the_same() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert srgb_profile()[24:36] == bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    assert to_srgb(_image(COLOURS), srgb_profile())[1] == ()
