"""Features of a photo's blur: its detail in frequency bands, and the local power of each band."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CELL_PX = 4
"""Side of the cells that blur is estimated for."""
BAND_SIGMAS_PX = (0.5, 0.8, 1.2, 1.8, 2.7, 4.0, 6.0, 9.0)
"""Each band is the difference of two successive Gaussian blurs; the first band is the photo minus the first blur."""
BANDS = len(BAND_SIGMAS_PX)
_NEAR_CELLS, _AROUND_CELLS, _WIDE_CELLS = 3, 9, 27
_MIN_POWER = 1e-6  # about a quarter of a grey level
FEATURES = 4 * BANDS + 2


def detail_bands(photo_srgb: Floats) -> Floats:
    """The photo's detail from fine to coarse.

    Args:
        photo_srgb: (height, width, 3) in [0, 1].

    Returns:
        (bands, height, width, 3).
    """
    import cv2

    finer = photo_srgb
    bands = np.empty((BANDS, *photo_srgb.shape), np.float32)
    for band, sigma_px in zip(bands, BAND_SIGMAS_PX, strict=True):
        coarser = np.asarray(
            cv2.GaussianBlur(photo_srgb, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101), np.float32
        )
        np.subtract(finer, coarser, out=band)
        finer = coarser
    return bands


def lightness_of(picture: Floats) -> Floats:
    """Mean of the three channels, (height, width, 3) to (height, width); much faster than `numpy.mean`."""
    return (picture[..., 0] + picture[..., 1] + picture[..., 2]) * np.float32(1 / 3)


def _colourfulness(picture: Floats) -> Floats:
    """Difference of the largest and the smallest channel, (height, width)."""
    red, green, blue = (picture[..., channel] for channel in range(3))
    most = np.maximum(np.maximum(red, green), blue)
    return np.asarray(most - np.minimum(np.minimum(red, green), blue), np.float32)


def local_spectrum(photo_srgb: Floats, bands: Floats) -> Floats:
    """Features of each cell: power of each band in three windows around it, sparseness, lightness and colourfulness.

    Blur removes the fine bands and keeps the coarse ones. In the fine bands noise is dense, edges are sparse.

    Args:
        photo_srgb: (height, width, 3) in [0, 1], sides multiples of 4.
        bands: from `detail_bands`.

    Returns:
        (height / 4, width / 4, `FEATURES`), each in about [-1, 2].
    """
    lightness = np.stack([lightness_of(band) for band in bands])
    power, strength = _cells(lightness * lightness), _cells(np.abs(lightness))
    around = _pooled(power, _AROUND_CELLS)
    sparseness = _pooled(strength, _AROUND_CELLS) / np.sqrt(around + 1e-8)
    level = _pooled(_cells(lightness_of(photo_srgb)[None]), _NEAR_CELLS)
    colour = _pooled(_cells(_colourfulness(photo_srgb)[None]), _NEAR_CELLS)
    logs = [_log(part) for part in (_pooled(power, _NEAR_CELLS), around, _pooled(power, _WIDE_CELLS))]
    return np.concatenate([*logs, sparseness, level, colour], axis=-1)


def _cells(maps: Floats) -> Floats:
    """Means over cells: (maps, height, width) to (height / 4, width / 4, maps)."""
    import cv2

    size = maps.shape[2] // CELL_PX, maps.shape[1] // CELL_PX
    return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in maps], axis=-1)


def _pooled(cells: Floats, side: int) -> Floats:
    import cv2

    pooled = np.asarray(cv2.blur(cells, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
    return pooled.reshape(cells.shape)


def _log(power: Floats) -> Floats:
    return (np.log10(power + _MIN_POWER) / 2 + 2).astype(np.float32)
