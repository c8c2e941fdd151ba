"""A small focal stack whose depth is known, and what a real camera would make of it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear

FRAMES = 7
HEIGHT, WIDTH = 160, 240
COC_PX = 14.0  # from end to end


def textured(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """Spots of all sizes, as real surfaces have."""
    rng = np.random.default_rng(seed)
    layers = [cv2.resize(rng.random((height // s, width // s, 3)), (width, height)) for s in (1, 2, 4, 8, 16)]
    return (40 + 175 * np.mean(layers, axis=0)).astype(np.uint8)


def blurred(srgb: NDArray[np.uint8], coc_px: float) -> NDArray[np.uint8]:
    """By a disc, in linear light."""
    if coc_px <= 1:
        return srgb
    radius = int(np.ceil(coc_px / 2))
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc = np.clip(coc_px / 2 + 0.5 - np.hypot(rows, columns), 0, 1)
    return linear_to_srgb8(cv2.filter2D(srgb_to_linear(srgb), -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT))


def two_halves() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """A stack, its sharp picture and the true positions: left half sharp in frame 1, right half in frame 5."""
    sharp = textured(0)
    per_frame = COC_PX / (FRAMES - 1)
    positions = np.where(np.arange(WIDTH) < WIDTH // 2, 1, 5).astype(np.float32)
    frames = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    for index in range(FRAMES):
        left, right = (blurred(sharp, per_frame * abs(index - at)) for at in (1, 5))
        frames[index] = np.where((positions == 1)[None, :, None], left, right)
    return frames, sharp, np.broadcast_to(positions, (HEIGHT, WIDTH))


def ramp() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """A stack of a slanted plane, in bands of one position each; as `two_halves`."""
    sharp = textured(1)
    per_frame = COC_PX / (FRAMES - 1)
    positions = np.linspace(0, FRAMES - 1, WIDTH, dtype=np.float32)
    bands = np.linspace(0, FRAMES - 1, 25)
    nearest_band = np.abs(positions[:, None] - bands).argmin(axis=1)
    frames = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    for index in range(FRAMES):
        at_band = [blurred(sharp, per_frame * abs(index - band)) for band in bands]
        frames[index] = np.stack([at_band[band][:, x] for x, band in enumerate(nearest_band)], axis=1)
    return frames, sharp, np.broadcast_to(positions, (HEIGHT, WIDTH))


def moved(frame: NDArray[np.uint8], scale: float, shift_px: tuple[float, float], turn_deg: float = 0.0) -> NDArray:
    """Seen larger about the centre, turned and shifted; (3, 3) matrices would do the same to pixel positions."""
    height, width = frame.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn_deg, scale)
    matrix[:, 2] += np.array(shift_px)
    return cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
