"""How strong the blur is: a strength, an f-number, or Genfocus' K."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

from refocus.core import BadInput
from refocus.core.bokeh_spec import F_NUMBER_RANGE
from refocus.core.settings import EVERY_ENGINE, VIDEO_DIFFUSION
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
