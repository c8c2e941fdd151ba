"""How strong the blur is: a strength, an f-number, or Genfocus' K; and the slope of the signed CoC over disparity."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from refocus.core import BadInput, Disparity
from refocus.core.bokeh_spec import F_NUMBER_RANGE
from refocus.core.settings import EVERY_ENGINE, VIDEO_DIFFUSION
from refocus.media import Camera
from refocus.optics import (
    LensSpec,
    blur_from_f_number,
    coc_px_from_k_radius_px,
    coc_px_per_diopter,
    coc_px_per_disparity,
)
from refocus.results.options import Option, Slider

BlurUnit = Literal["blur", "f_number", "k"]
BLUR_UNITS: tuple[BlurUnit, ...] = get_args(BlurUnit)
DEFAULT_BLUR = 0.6
MAX_K = 10_000.0

_GROUP = "blur amount"
_PICTURES_ONLY = frozenset({VIDEO_DIFFUSION})
BLUR = Option(
    label="Blur strength",
    help=f"strength of the blur, 0 to 1; default {DEFAULT_BLUR}",
    value_type=float,
    minimum=0,
    maximum=1,
    slider=Slider(0, 1, 0.05),
    shown=DEFAULT_BLUR,
    metavar="B",
    engines=EVERY_ENGINE,
    pictures_only=_PICTURES_ONLY,
    from_prompt=True,
    exclusive_group=_GROUP,
    caption="blur {:g}".format,
    captioned="always",
)
F_NUMBER = Option(
    label="F-number",
    help="aperture as on a lens, e.g. 1.8",
    value_type=float,
    minimum=F_NUMBER_RANGE[0],
    maximum=F_NUMBER_RANGE[1],
    template="f/{:g}",
    metavar="N",
    engines=EVERY_ENGINE,
    pictures_only=_PICTURES_ONLY,
    from_prompt=True,
    exclusive_group=_GROUP,
    caption="f/{:g}".format,
    on_page=False,
)
K = Option(
    label="K",
    help="K of Genfocus, pixels of blur radius per diopter, e.g. 20; the same for every engine",
    info="Blur as Genfocus counts it, pixels of radius per diopter: 20 is usual, 0 is no blur. Leave it empty to use "
    "the blur strength.",
    noun="K",
    value_type=float,
    minimum=0,
    maximum=MAX_K,
    engines=EVERY_ENGINE,
    pictures_only=_PICTURES_ONLY,
    from_prompt=True,
    exclusive_group=_GROUP,
    caption="K {:g}".format,
)
_OPTIONS: dict[BlurUnit, Option] = {"blur": BLUR, "f_number": F_NUMBER, "k": K}


@dataclass(frozen=True, slots=True)
class BlurAmount:
    """One amount of blur, in one of three units.

    Attributes:
        unit: "blur", a strength in [0, 1] where 1 blurs the farthest point by 6 % of the long side when the nearest is
            sharp; "f_number", the aperture as on a lens; or "k", K of Genfocus: pixels of blur
            *radius* per diopter, or per unit of disparity when distances in metres are not known.
        value: in that unit.

    Raises:
        BadInput: when the value is outside the unit's range.
    """

    unit: BlurUnit
    value: float

    def __post_init__(self) -> None:
        _OPTIONS[self.unit].check(self.value)

    @classmethod
    def from_options(
        cls, blur: float | None = None, f_number: float | None = None, k: float | None = None
    ) -> Self | None:
        """The amount of the option that is given; None without any. Raises BadInput when several are given."""
        given = [
            cls(unit, value) for unit, value in zip(BLUR_UNITS, (blur, f_number, k), strict=True) if value is not None
        ]
        if len(given) > 1:
            raise BadInput("Blur strength, f-number or K were given together.", todo="Give one of them.")
        return given[0] if given else None

    def to_options(self) -> dict[str, float | None]:
        """The three options, two of them None."""
        return {unit: self.value if unit == self.unit else None for unit in BLUR_UNITS}

    @property
    def is_none(self) -> bool:
        """Whether nothing is to be blurred."""
        return self.unit != "f_number" and self.value == 0.0


_FULL_FRAME_WIDTH_M = 0.036


@dataclass(frozen=True, slots=True)
class BlurSlope:
    """Signed blur diameter per unit of disparity, and how it came about.

    Attributes:
        coc_px_per_disparity: pixels of blur diameter per unit of disparity, of the picture it was made for.
        notes: what was assumed, for the user; may be empty.
    """

    coc_px_per_disparity: float
    notes: tuple[str, ...] = ()


def blur_slope(
    disparity: Disparity,
    camera: Camera,
    *,
    amount: BlurAmount,
    long_side_px: int | None = None,
    focal_length_mm: float | None = None,
) -> BlurSlope:
    """The slope for an amount of blur.

    An f-number is physical when the disparity is metric and EXIF tells the lens: the slope is aperture diameter [m]
    times focal length [px]. Otherwise f/N stands for the blur strength min(1, 1.4 / N).

    Args:
        disparity: of the scene.
        camera: what EXIF tells.
        amount: how strong the blur is.
        long_side_px: of the picture to be blurred; by default that of the disparity.
        focal_length_mm: of a full-frame lens to blur like, in the framing of this photo; used where the f-number
            is physical. None for the photo's own lens.
    """
    disparity_range = disparity.nearest - disparity.farthest
    long_side_px = long_side_px or max(disparity.values.shape)
    if amount.unit == "k":
        unit = "diopter" if disparity.metric else "unit of disparity"
        note = f"K = {amount.value:g} px of blur radius per {unit}, as requested."
        return BlurSlope(coc_px_from_k_radius_px(amount.value), (note,))
    if amount.unit == "blur":
        unused = () if focal_length_mm is None else (f"{focal_length_mm:g} mm counts only together with an f-number.",)
        return BlurSlope(coc_px_per_disparity(amount.value, long_side_px, disparity_range), unused)
    f_number = amount.value
    lens = _lens(camera, f_number, focal_length_mm)
    if disparity.metric and lens is not None:
        slope = coc_px_per_diopter(lens, long_side_px, focus_diopters=_focus_diopters(camera, lens))
        of = (
            f"the photo's own {camera.focal_length_mm:g} mm" if focal_length_mm is None else f"a {focal_length_mm:g} mm"
        )
        return BlurSlope(slope, (f"f/{f_number:g} is that of {of} lens.",))
    blur = blur_from_f_number(f_number)
    why = "the lens is not known" if disparity.metric else "distances in metres are not known"
    aperture = f"f/{f_number:g}" if focal_length_mm is None else f"f/{f_number:g} at {focal_length_mm:g} mm"
    return BlurSlope(
        coc_px_per_disparity(blur, long_side_px, disparity_range), (f"{aperture} is shown as blur {blur:.2f}: {why}.",)
    )


def _lens(camera: Camera, f_number: float, focal_length_mm: float | None) -> LensSpec | None:
    """A lens with the photo's field of view, when EXIF tells it: the photo's own, or one of another length."""
    if camera.focal_length_mm is None or camera.focal_length_35mm is None:
        return None
    length_mm = camera.focal_length_mm if focal_length_mm is None else focal_length_mm
    crop_factor = camera.focal_length_35mm / length_mm
    return LensSpec(length_mm / 1000, f_number, _FULL_FRAME_WIDTH_M / crop_factor)


def _focus_diopters(camera: Camera, lens: LensSpec) -> float:
    """The focus of the photo's lens, in diopters; 0 (infinity) when EXIF names no distance or an impossible one."""
    distance_m = camera.subject_distance_m
    return 1 / distance_m if distance_m is not None and distance_m > 2 * lens.focal_length_m else 0.0
