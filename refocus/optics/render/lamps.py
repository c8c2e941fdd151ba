"""The disparity of small lamps: one for each, so that out of focus its disc is whole.

Maps from networks and phones blur the few pixels of a lamp into what surrounds them. Rendered so, each of its pixels
has another CoC, none of them right. The blurred lamp is a bump whose shape follows from the lamp's outline in the
picture, and its height gives the lamp's own disparity.
"""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

LAMP_LIGHT_MIN = 1.25
"""A pixel brighter than this is a lamp; the disc of anything dimmer does not stand out."""
_BASE_LONG_SIDE_PX = 1024
_MAX_SCALE = 3.0
"""Lengths below grow with the long side, as the maps of networks and phones are enlarged, up to this factor."""
_MAX_SIZE_PX = 16.0
"""Larger lamps keep their disparity: it is known inside of them."""
_SIGMAS_PX = (0.0, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 1.8)
"""Softness of a map that is considered: 0 is a sharp map, and a bump as wide as the last is no blurred lamp."""
_MARGIN_PX = 6.0
"""What surrounds a lamp in the fit."""
_APART_PX = 3.0
"""Closer than this to another lamp a pixel is left out of the fit, unless it is the lamp's own."""
_MIN_EXPLAINED = 0.9
"""Share of the variance around a lamp that its bump must explain."""
_MIN_HEIGHT = 0.15
"""A bump flattened to less than this share of its height says too little."""
_MIN_STEP = 0.1
"""Smaller differences around a lamp, in jumps, do not show."""
_NEGLIGIBLE = 1e-3
_SAME_SURFACE = 1.5
"""Pixels of a lamp that differ from its median by less than this, in jumps, are rough by noise only."""


class _Bump(NamedTuple):
    """A lamp's share of each pixel of a soft map, (rows, columns); and the map without and with it, sharp again."""

    share: NDArray[np.float64]
    sharp: NDArray[np.float64]


def restore_lamp_disparity(scene: torch.Tensor, disparity: torch.Tensor, jump: float) -> torch.Tensor:
    """Give the pixels of each small lamp one disparity, and restore those that a soft map has blurred away.

    Args:
        scene: (height, width, 3) linear light.
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.

    Returns:
        (height, width), the same tensor when there is no lamp.
    """
    lamps = (scene.amax(2) > LAMP_LIGHT_MIN).cpu().numpy().astype(np.uint8)
    if not lamps.any():
        return disparity
    scale = float(np.clip(max(lamps.shape) / _BASE_LONG_SIDE_PX, 1.0, _MAX_SCALE))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(lamps, connectivity=8)
    values = disparity.cpu().numpy()
    restored, margin = values.copy(), round(_MARGIN_PX * scale)
    for label, (left, top, width, height, _) in enumerate(boxes[1:].tolist(), 1):
        if max(width, height) > _MAX_SIZE_PX * scale:
            continue
        around = (
            slice(max(top - margin, 0), top + height + margin),
            slice(max(left - margin, 0), left + width + margin),
        )
        own, before = labels[around] == label, values[around]
        bump = None
        if np.ptp(before) > _MIN_STEP * jump:
            bump = _fit(before.astype(np.float64), own, lamps[around] > own, scale, _MIN_STEP * jump)
        if bump is None:
            median = np.median(before[own])
            alike = own & (np.abs(before - median) < _SAME_SURFACE * jump)
            if alike.any():
                restored[around][alike] = before[alike].mean()
        else:
            reached = bump.share > _NEGLIGIBLE
            restored[around][reached] = bump.sharp[reached]
    return torch.from_numpy(restored).to(disparity)


def _fit(
    disparity: NDArray[np.float64], own: NDArray[np.bool_], others: NDArray[np.bool_], scale: float, tolerance: float
) -> _Bump | None:
    """Fit a plane and the lamp's blurred outline to the disparity around it.

    None where a plane explains it to the tolerance, or a plane and the bump do not.
    """
    apart = 2 * round(_APART_PX * scale) + 1
    used = own | (cv2.dilate(others.astype(np.uint8), np.ones((apart, apart), np.uint8)) == 0)
    rows, columns = np.indices(disparity.shape)
    plane = np.stack([np.ones_like(disparity), rows, columns], axis=-1)
    across = np.linalg.qr(plane[used])[0]

    def beyond_plane(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values[used] - across @ (values[used] @ across)

    seen = beyond_plane(disparity)
    unexplained = float(seen @ seen)
    if np.abs(seen).max() < tolerance:
        return None
    shares = [_blurred(own, sigma_px * scale) for sigma_px in _SIGMAS_PX]
    outlines = [beyond_plane(share) for share in shares]
    explained = [float(seen @ each) ** 2 / max(float(each @ each), 1e-12) for each in outlines]
    best = int(np.argmax(explained))
    if best in (0, len(shares) - 1) or explained[best] < _MIN_EXPLAINED * unexplained:
        return None
    if shares[best].max() < _MIN_HEIGHT:
        return None
    step = float(seen @ outlines[best]) / float(outlines[best] @ outlines[best])
    sharp = disparity - step * shares[best]
    sharp[own] = np.mean(sharp[own]) + step
    return _Bump(shares[best], sharp)


def _blurred(own: NDArray[np.bool_], sigma_px: float) -> NDArray[np.float64]:
    if sigma_px == 0.0:
        return own.astype(np.float64)
    return np.asarray(cv2.GaussianBlur(own.astype(np.float64), (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT))
