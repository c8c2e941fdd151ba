"""From rows of the index to samples of training: windows of photos with their condition pictures and targets.

A sample is a pure function of the row, the settings and a seed. Disparity stays in absolute diopters all the way, since
the strength of BokehNet is linear in K only then: nothing here knows a picture's own range.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.media import Photo
from refocus.models.generative_refocus.defocus import MAX_BLUR_RADIUS_PX, defocus_map
from refocus.optics import APERTURE_NAMES, Aperture, coc_px_from_k_radius_px, recover_highlights, render_focus
from refocus.training.generative.night_scenes import NightScene, compose_night_scene
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.picture_window import Window, resized_disparity, resized_picture

_FOCUS_PERCENTILES = 5, 95
_ROUND = Aperture.named("circle")


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """How samples are made.

    Attributes:
        window_px: side of the square window, a multiple of 16.
        max_k: K of synthetic pairs is uniform from 0 to this, in pixels of blur radius per diopter at window scale.
        highlights: clipped lamps of synthetic pairs are brightened by up to this, see `recover_highlights`.
        flip: mirror half of the windows.
        shapes: whether synthetic pairs and night scenes get a random aperture shape instead of a round one.
    """

    window_px: int = 512
    max_k: float = 30.0
    highlights: float = 0.5
    flip: bool = True
    shapes: bool = False

    def __post_init__(self) -> None:
        if self.window_px < 64 or self.window_px % 16:
            raise BadInput(f"window_px is {self.window_px}.", todo="Choose a multiple of 16, at least 64.")
        if not 0 <= self.max_k < np.inf:
            raise BadInput(f"max_k is {self.max_k}.", todo="Choose a finite number, 0 or more; 30 is usual.")


@dataclass(frozen=True, slots=True, eq=False)
class BokehSample:
    """A sample for BokehNet.

    Attributes:
        sharp_srgb: (side, side, 3) uint8.
        defocus: (side, side) float32 in [0, 1].
        target_srgb: (side, side, 3) uint8.
        opening: (256, 256) float32 in [0, 1], the aperture of the shape condition; None without it.
        k_radius_px_per_diopter, focus_diopters: of the defocus map.
    """

    sharp_srgb: NDArray[np.uint8]
    defocus: NDArray[np.float32]
    target_srgb: NDArray[np.uint8]
    opening: NDArray[np.float32] | None
    k_radius_px_per_diopter: float
    focus_diopters: float


@dataclass(frozen=True, slots=True, eq=False)
class DeblurSample:
    """A sample for DeblurNet.

    Attributes:
        photo_srgb: (side, side, 3) uint8, with blur.
        pre_deblurred_srgb: (side, side, 3) uint8, sharpened by another method; None when the row has none.
        target_srgb: (side, side, 3) uint8, sharp.
    """

    photo_srgb: NDArray[np.uint8]
    pre_deblurred_srgb: NDArray[np.uint8] | None
    target_srgb: NDArray[np.uint8]


def bokeh_sample(
    row: PhotoRow,
    folder: Path,
    settings: SampleSettings,
    random: np.random.Generator,
    *,
    k_radius_px_per_diopter: float | None = None,
) -> BokehSample:
    """A sample for BokehNet from any route but pairs.

    Args:
        row: of the index.
        folder: of the index.
        settings: how samples are made.
        random: determines window, focus, K, aperture and night scene.
        k_radius_px_per_diopter: in place of the random K of a rendered target.

    Raises:
        BadInput: when a file is missing, damaged or of another size than the row's other files.
    """
    if row.route in ("exif", "apertures"):
        return _real(row, folder, settings, random)
    scene, window = _scene(row, folder, settings, random)
    low, high = np.percentile(window.cut(scene.disparity_diopters), _FOCUS_PERCENTILES)
    focus = float(random.uniform(low, high))
    drawn = random.uniform(0, settings.max_k)
    k = float(drawn if k_radius_px_per_diopter is None else k_radius_px_per_diopter)
    # The map has one value for all blur above 100 px, so no target may have more; nor can it be blurred over its size.
    reach = float(np.abs(scene.disparity_diopters - focus).max())
    largest_radius_px = min(MAX_BLUR_RADIUS_PX, 0.49 * window.long_side_px)
    k = min(k, largest_radius_px / reach) if reach > 0 else k
    aperture = _random_aperture(random) if settings.shapes else _ROUND
    target = render_focus(
        scene.light,
        scene.disparity_diopters,
        focus_disparity=focus,
        coc_px_per_disparity=coc_px_from_k_radius_px(k),
        aperture=aperture,
    )
    return BokehSample(
        sharp_srgb=window.cut(linear_to_srgb8(scene.light)),
        defocus=window.cut(defocus_map(scene.disparity_diopters, focus, k)),
        target_srgb=window.cut(linear_to_srgb8(target)),
        opening=aperture.opening() if settings.shapes else None,
        k_radius_px_per_diopter=k,
        focus_diopters=focus,
    )


def deblur_sample(row: PhotoRow, folder: Path, settings: SampleSettings, random: np.random.Generator) -> DeblurSample:
    """A sample for DeblurNet from a pair, or from a sharp photo with disparity that the renderer blurs.

    Raises:
        BadInput: as `bokeh_sample`.
    """
    if row.route == "synthetic":
        rendered = bokeh_sample(row, folder, settings, random)
        return DeblurSample(rendered.target_srgb, None, rendered.sharp_srgb)
    sharp = _picture(folder, row.sharp)
    window = Window.random(sharp.shape[:2], settings.window_px, random, flip=settings.flip)
    photo, *more = (
        None if name is None else _window_of(folder, name, sharp, window) for name in (row.blurred, row.pre_deblurred)
    )
    if photo is None:
        raise BadInput(f"{row.name} has no blurred photo.", todo="Prepare the photos again.")
    return DeblurSample(photo, more[0], window.cut(resized_picture(sharp, window.size)))


def _real(row: PhotoRow, folder: Path, settings: SampleSettings, random: np.random.Generator) -> BokehSample:
    """A sample of a real photo. K scales with the picture; the 100 px at which the map is 1 do not."""
    sharp = _picture(folder, row.sharp)
    window = Window.random(sharp.shape[:2], settings.window_px, random, flip=settings.flip)
    if row.k_per_long_side is None or row.focus_diopters is None or row.blurred is None:
        raise BadInput(f"{row.name} has no K, focus or photo.", todo="Prepare the photos again.")
    disparity = _disparity(folder, row.disparity, sharp.shape[:2], window.size)
    k = row.k_per_long_side * window.long_side_px
    return BokehSample(
        sharp_srgb=window.cut(resized_picture(sharp, window.size)),
        defocus=window.cut(defocus_map(disparity, row.focus_diopters, k)),
        target_srgb=_window_of(folder, row.blurred, sharp, window),
        opening=None,
        k_radius_px_per_diopter=k,
        focus_diopters=row.focus_diopters,
    )


def _scene(
    row: PhotoRow, folder: Path, settings: SampleSettings, random: np.random.Generator
) -> tuple[NightScene, Window]:
    """The whole scene at window scale, in linear light, and the window; the lens also sees what lies around it."""
    if row.sharp is None:
        size = settings.window_px, settings.window_px
        window = Window.random(size, settings.window_px, random, flip=settings.flip)
        return compose_night_scene(np.random.default_rng(row.seed), size), window
    sharp = _picture(folder, row.sharp)
    window = Window.random(sharp.shape[:2], settings.window_px, random, flip=settings.flip)
    disparity = _disparity(folder, row.disparity, sharp.shape[:2], window.size)
    light = srgb_to_linear(resized_picture(sharp, window.size))
    if row.route == "shapes":
        night = np.random.default_rng(row.seed)
        return compose_night_scene(night, window.size, NightScene(light, disparity)), window
    return NightScene(recover_highlights(light, random.uniform(0, settings.highlights)), disparity), window


def _random_aperture(random: np.random.Generator) -> Aperture:
    name = APERTURE_NAMES[random.integers(len(APERTURE_NAMES))]
    # The condition shows one opening for the whole picture, so the shape that changes towards the corners is left out.
    return _ROUND if name == "cat_eye" else Aperture.named(name, rotation_deg=float(random.uniform(-180, 180)))


def _window_of(folder: Path, file: str, sharp: NDArray[np.uint8], window: Window) -> NDArray[np.uint8]:
    picture = _picture(folder, file)
    if picture.shape != sharp.shape:
        raise BadInput(f"{folder / file} differs in size from its sharp picture.", todo="Prepare the photos again.")
    return window.cut(resized_picture(picture, window.size))


def _picture(folder: Path, file: str | None) -> NDArray[np.uint8]:
    return Photo.open(folder / str(file)).rgb


def _disparity(folder: Path, file: str | None, stored: tuple[int, ...], size: tuple[int, int]) -> NDArray[np.float32]:
    path = folder / str(file)
    try:
        values = np.load(path, allow_pickle=False).astype(np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path} cannot be read ({error}).", todo="Prepare the photos again.") from error
    if values.shape != stored or not np.isfinite(values).all():
        raise BadInput(f"{path} is not the disparity of its picture.", todo="Prepare the photos again.")
    return resized_disparity(values, size)
