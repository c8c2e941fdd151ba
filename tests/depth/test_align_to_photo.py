import numpy as np
import pytest

from refocus.core import BadInput, Disparity
from refocus.depth.resample import align_to_photo


def square(shift_px: int = 0, size: int = 256) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[80 + shift_px : 180 + shift_px, 80:180] = True
    return mask


def photo_of(mask: np.ndarray) -> np.ndarray:
    return np.where(mask[..., None], (200, 60, 40), (60, 110, 160)).astype(np.uint8)


def test_outlines_a_little_off_move_onto_the_photo_s() -> None:
    size, mask = 1024, np.zeros((1024, 1024), bool)
    mask[300:700, 300:700] = True
    off = np.roll(mask, 4, axis=0).astype(np.float32)
    aligned = align_to_photo(Disparity(off, metric=False, source="", origin="recorded"), photo_of(mask)).values
    assert aligned.shape == (size, size)
    assert np.mean(np.abs(off - mask) > 0.5) > 10 * np.mean(np.abs(aligned - mask) > 0.5)


def test_a_small_map_gets_the_photo_s_outlines() -> None:
    mask = square(size=256)
    small = Disparity(mask[::4, ::4].astype(np.float32), metric=True, source="phone", origin="recorded", confidence=0.7)
    aligned = align_to_photo(small, photo_of(mask))
    assert np.mean(np.abs(aligned.values - mask) > 0.5) < 0.002
    assert (aligned.metric, aligned.source, aligned.origin, aligned.confidence) == (True, "phone", "recorded", 0.7)


def test_away_from_outlines_nothing_changes() -> None:
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None], 256, 0)
    texture = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)
    aligned = align_to_photo(Disparity(ramp, metric=False, source=""), texture).values
    assert np.allclose(aligned, ramp, atol=1e-3)


def test_steps_where_the_photo_is_blurred_stay() -> None:
    """What lies behind in a portrait is out of focus; its soft edges are no guide."""
    mask = square().astype(np.float32)
    plain = np.full((256, 256, 3), 120, np.uint8)
    assert np.allclose(align_to_photo(Disparity(mask, metric=False, source=""), plain).values, mask, atol=1e-3)


def test_a_map_of_another_picture_is_refused() -> None:
    with pytest.raises(BadInput, match="do not match"):
        align_to_photo(Disparity(np.eye(40, 80, dtype=np.float32), metric=False, source=""), photo_of(square()))
