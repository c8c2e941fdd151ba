"""Genfocus' K of a photo from its lens (arXiv 2512.16923, equation 3)."""

from dataclasses import dataclass

from refocus.core import BadInput
from refocus.media import Camera
from refocus.optics import LensSpec, coc_px_per_diopter, k_radius_px_from_coc_px

_FULL_FRAME_WIDTH_MM = 36.0


@dataclass(frozen=True, slots=True)
class PhotoLens:
    """What K needs to know of the lens that took a photo, all positive.

    Attributes:
        focal_length_mm: actual focal length.
        f_number: focal length over aperture diameter.
        sensor_width_mm: of the sensor's long side.
    """

    focal_length_mm: float
    f_number: float
    sensor_width_mm: float


def lens_of(camera: Camera, sensor_width_mm: float | None = None) -> PhotoLens:
    """The lens of a photo.

    Args:
        camera: from EXIF.
        sensor_width_mm: of the camera; None computes it from the 35 mm equivalent, 36 mm times f / f35.

    Raises:
        BadInput: when EXIF lacks a value.
    """
    if camera.focal_length_mm is None or camera.f_number is None:
        lacking = " and ".join(
            name
            for name, value in (("focal length", camera.focal_length_mm), ("f-number", camera.f_number))
            if value is None
        )
        raise BadInput(
            f"EXIF names no {lacking}, so K cannot be computed.",
            todo="Give them in the table of --facts, or use the photo in another route.",
        )
    if sensor_width_mm is None:
        if camera.focal_length_35mm is None:
            raise BadInput(
                "EXIF names no 35 mm equivalent, so the size of the sensor is not known.",
                todo="Give --sensor-width-mm, or sensor_width_mm in the table of --facts.",
            )
        sensor_width_mm = _FULL_FRAME_WIDTH_MM * camera.focal_length_mm / camera.focal_length_35mm
    return PhotoLens(camera.focal_length_mm, camera.f_number, sensor_width_mm)


def exif_k_per_long_side(lens: PhotoLens, focus_diopters: float) -> float:
    """K divided by the picture's long side in pixels, from the lens.

    Equation 3: K = f^2 z / (2 N (z - f)) px / sensor width, with the focus distance z = 1 / focus_diopters; here in
    metres, so that K counts per diopter.

    Args:
        lens: of the photo.
        focus_diopters: the disparity in focus; the paper takes the subject's median, not the distance in EXIF.

    Raises:
        BadInput: when the focus is within the focal length.
    """
    spec = LensSpec(lens.focal_length_mm / 1000, lens.f_number, lens.sensor_width_mm / 1000)
    per_mille = 1000  # coc_px_per_diopter takes a whole number of pixels, and K is proportional to it
    diameter_px = coc_px_per_diopter(spec, per_mille, focus_diopters=focus_diopters)
    return k_radius_px_from_coc_px(diameter_px) / per_mille
