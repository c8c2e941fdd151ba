"""Thin-lens formulas for the circle of confusion (CoC).

A CoC is always a *diameter* in pixels, positive for points nearer than the focus. Genfocus' K counts a *radius*:
`k_radius_px_from_coc_px` and `coc_px_from_k_radius_px` are the only places that convert one into the other.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.numbers import is_number, real

BLUR_DIAMETER_PER_LONG_SIDE = 0.06
"""Blur diameter over the whole disparity range at blur strength 1, relative to the picture's long side."""
FULL_BLUR_F_NUMBER = 1.4
"""The f-number of blur strength 1."""

Diopters = TypeVar("Diopters", float, NDArray[np.float32])


@dataclass(frozen=True, slots=True)
class LensSpec:
    """A thin lens on a sensor.

    Attributes:
        focal_length_m: metres, positive.
        f_number: focal length over aperture diameter, positive.
        sensor_width_m: metres, positive.

    Raises:
        BadInput: when a value is not a positive, finite number.
    """

    focal_length_m: float = 0.050
    f_number: float = 1.8
    sensor_width_m: float = 0.036

    def __post_init__(self) -> None:
        for name in ("focal_length_m", "f_number", "sensor_width_m"):
            _check_positive(name, getattr(self, name))

    @property
    def aperture_diameter_m(self) -> float:
        """Diameter of the entrance pupil in metres."""
        return self.focal_length_m / self.f_number


def coc_px_per_diopter(lens: LensSpec, width_px: int, *, focus_diopters: float = 0.0) -> float:
    """Blur diameter one diopter from the focus: aperture [m] x focal length [px] / (1 - f/z_f).

    Args:
        lens: focal length, f-number and sensor width.
        width_px: picture width in pixels, covering the sensor's width.
        focus_diopters: focus in 1/m; 0 neglects the change of magnification with focus.

    Returns:
        Pixels per diopter, positive.

    Raises:
        BadInput: when the width is not positive, or the focus is within the focal length.
    """
    _check_positive("width_px", width_px)
    extension = 1.0 - lens.focal_length_m * focus_diopters
    if not (math.isfinite(focus_diopters) and focus_diopters >= 0.0 and extension > 0.0):
        raise BadInput(
            f"focus_diopters is {focus_diopters:g}, but a {lens.focal_length_m * 1000:g} mm lens focuses from 0 to "
            f"less than {1 / lens.focal_length_m:g} diopters."
        )
    return lens.aperture_diameter_m * lens.focal_length_m / extension * width_px / lens.sensor_width_m


def coc_diameter_px(scene_diopters: Diopters, focus_diopters: float, lens: LensSpec, width_px: int) -> Diopters:
    """Signed thin-lens blur diameter in pixels, positive nearer than the focus.

    Args:
        scene_diopters: 1 / distance in metres, 0 is infinity; a number or an array of any shape.
        focus_diopters: 1 / focus distance in metres.
        lens: focal length, f-number and sensor width.
        width_px: picture width in pixels, covering the sensor's width.

    Returns:
        Pixels, of the same shape as `scene_diopters`.

    Raises:
        BadInput: as `coc_px_per_diopter`.
    """
    return coc_px_per_diopter(lens, width_px, focus_diopters=focus_diopters) * (scene_diopters - focus_diopters)


def k_radius_px_from_coc_px(coc_px_per_disparity: float) -> float:
    """Genfocus' K, pixels of blur radius per unit of disparity, of a slope in pixels of blur diameter.

    With metric disparity this is K of Eq. 3 of Generative Refocusing (arXiv 2512.16923), pixels of radius per diopter.
    """
    return coc_px_per_disparity / 2


def coc_px_from_k_radius_px(k_radius_px_per_disparity: float) -> float:
    """The slope in pixels of blur diameter per unit of disparity for Genfocus' K, which counts the radius."""
    return 2 * k_radius_px_per_disparity


def coc_px_per_disparity(blur: float, long_side_px: int, disparity_range: float = 1.0) -> float:
    """CoC diameter per unit of disparity of a blur strength.

    Args:
        blur: strength in [0, 1]; 1 means a diameter of 6 % of the long side over the whole disparity range.
        long_side_px: the picture's longer side in pixels.
        disparity_range: largest minus smallest disparity of the scene; a flat scene (0) is not blurred.

    Returns:
        Pixels per unit of disparity, at least 0.

    Raises:
        BadInput: on a value outside its range.
    """
    real("blur", blur, 0.0, 1.0)
    _check_positive("long_side_px", long_side_px)
    if not is_number(disparity_range) or not 0.0 <= disparity_range < math.inf:
        raise BadInput(f"disparity_range is {disparity_range!r}, but it must be 0 or more.")
    if disparity_range == 0.0:
        return 0.0
    return BLUR_DIAMETER_PER_LONG_SIDE * blur * long_side_px / disparity_range


def blur_from_f_number(f_number: float) -> float:
    """The blur strength in [0, 1] of an f-number N: min(1, 1.4 / N). Raises BadInput unless positive."""
    _check_positive("f_number", f_number)
    return min(1.0, FULL_BLUR_F_NUMBER / f_number)


def _check_positive(name: str, value: float) -> None:
    if not is_number(value) or not 0.0 < value < math.inf:
        raise BadInput(f"{name} is {value!r}, but it must be a positive number.")
