"""Saliency on drawn scenes."""

import cv2
import numpy as np
import pytest

from refocus.core import Disparity
from refocus.subjects import find_subject
from refocus.subjects.region import view_of
from refocus.subjects.saliency import saliency_map
from tests.subjects.masks import Mask, Picture, overlap


def scene(colour: tuple[int, int, int], *, near: float = 0.8) -> tuple[Picture, Disparity, Mask]:
    """A disc a third from the left before a wall of noise, on ground that comes nearer towards the bottom."""
    height, width = 200, 300
    rgb = np.random.default_rng(1).integers(110, 140, (height, width, 3)).astype(np.uint8)
    disc = cv2.circle(np.zeros((height, width), np.uint8), (100, 110), 42, 1, cv2.FILLED) > 0
    rgb[disc] = colour
    depth = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    depth[disc] = near
    return rgb, Disparity(depth, False, "drawn"), disc


@pytest.mark.parametrize("colour", [(200, 40, 40), (20, 20, 20), (240, 240, 240)])
def test_an_object_before_a_wall_is_found_whole(colour: tuple[int, int, int]) -> None:
    rgb, disparity, disc = scene(colour)
    found = find_subject(rgb, disparity, "", None)
    assert overlap(found.mask, disc) > 0.85
    assert found.median_disparity(disparity) == pytest.approx(0.8)


def test_an_object_is_more_salient_than_ground_and_wall() -> None:
    rgb, disparity, disc = scene((200, 40, 40))
    view = view_of(rgb, disparity)
    value = saliency_map(view)
    assert value.shape == view.size
    assert value.min() >= 0
    assert value.max() <= 1
    inside = cv2.resize(disc.astype(np.uint8), view.size[::-1], interpolation=cv2.INTER_NEAREST) > 0
    assert value[inside].mean() > 0.8
    assert value[~inside].mean() < 0.3


def test_depth_alone_is_enough() -> None:
    rgb, disparity, disc = scene((125, 125, 125), near=1.0)
    value = saliency_map(view_of(rgb, disparity))
    inside = cv2.resize(disc.astype(np.uint8), value.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    assert value[inside].mean() > 2 * value[~inside].mean()


def test_a_plain_picture_raises_no_error() -> None:
    rgb = np.full((40, 60, 3), 128, np.uint8)
    value = saliency_map(view_of(rgb, Disparity(np.zeros((40, 60), np.float32), False, "flat")))
    assert np.isfinite(value).all()
