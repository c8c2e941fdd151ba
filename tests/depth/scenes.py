"""Small made-up photos whose depth is known, for the tests of the estimator."""

import numpy as np
from scipy.ndimage import gaussian_filter


def texture(shape: tuple[int, int], seed: int, base: tuple[int, int, int], contrast: float = 60) -> np.ndarray:
    """(height, width, 3) uint8 noise around a colour."""
    noise = np.random.default_rng(seed).normal(0, 1, shape)
    return np.clip(np.array(base) + contrast * noise[..., None], 0, 255).astype(np.uint8)


def square_before_wall(size: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """A plain red square before a plain grey wall: photo and the square's mask."""
    photo = np.full((size, size, 3), (150, 155, 160), np.uint8)
    mask = np.zeros((size, size), bool)
    mask[size // 3 : 2 * size // 3, size // 3 : 2 * size // 3] = True
    photo[mask] = (200, 40, 30)
    return photo, mask


def sharp_disc_in_blur(size: int = 480, sigma_px: float = 6) -> tuple[np.ndarray, np.ndarray]:
    """A sharp textured disc before patches of grey out of focus: photo and the disc's mask."""
    rows, columns = np.mgrid[:size, :size]
    mask = np.hypot(rows - size * 0.4, columns - size * 0.5) < size / 5
    patches = np.random.default_rng(1).integers(40, 160, (size // 40, size // 40)).repeat(40, axis=0).repeat(40, axis=1)
    behind = gaussian_filter(patches.astype(np.float64), sigma_px)[..., None]
    return np.where(mask[..., None], texture((size, size), 2, (190, 110, 60), 20), behind).astype(np.uint8), mask
