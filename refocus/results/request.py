"""What a user may ask of an engine, checked at the door."""

from dataclasses import dataclass

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.depth.sources import DEPTH_CHOICES, DepthChoice
from refocus.depth.strokes import Stroke, strokes_of
from refocus.optics import APERTURE_NAMES

DEFAULT_BLUR = 0.6
DEFAULT_LONG_SIDE = 1024
MIN_LONG_SIDE = 64
MAX_STEPS = 1000
MAX_SEED = 2**53 - 1  # above it, JSON and browsers would round
LAST_INPUT_POSITION = DEFAULT_FRAMES - 1
MAX_GUIDANCE = 10.0
MAX_K = 10_000.0
MAX_DECODE_OVERLAP = 7


@dataclass(frozen=True, slots=True)
class RefocusRequest:
    """What to make of a photo.

    Attributes:
        frames: frames of the stack, 3 to 33.
        blur: blur strength in [0, 1]; None when `f_number` is given. 1 blurs the farthest point by 6 % of the
            long side when the nearest is sharp.
        f_number: aperture as on a lens, above 0; None when `blur` is given.
        k: blur in place of both, as Genfocus counts it: pixels of blur diameter, in the stack, per diopter; or per unit
            of disparity when distances in metres are not known.
        aperture: name of the aperture shape.
        long_side: the stack is computed at this many pixels along the long side, never above the photo's own.
        sharp: the photo is already all-in-focus; don't restore it.
        seed: of the noise a diffusion engine starts from; the same seed gives the same stack.
        steps: denoising steps of a diffusion engine, 1 to 1000; None for its own default.
        input_position: where in the stack of the video engine the photo itself was focused, a whole number from 0
            (about 5 cm) to 8 (infinity); None to have it estimated.
        full_size: bring the frames of the video engine to the photo's own size.
        depth_source: where depth comes from; see `DepthSources.plan`.
        touch_up: strokes that correct the depth; also as JSON holds them.
        guidance: guidance scale of the video engine, 0 to 10: how strictly it keeps to the photo; None as published.
        decode_overlap: frames that neighbouring chunks of the video engine's decoder share, 0 (as published, where the
            last frame is decoded alone) to 7.
        corrected_clip: show CLIP the photo in the range the video engine was trained with, not as published.
        restore: words for the generative engine's own prompt ("the sign says OPEN"); None for none.

    Raises:
        BadInput: on values outside these ranges, or more than one of `blur`, `f_number` and `k`.
    """

    frames: int = DEFAULT_FRAMES
    blur: float | None = None
    f_number: float | None = None
    aperture: str = "circle"
    long_side: int = DEFAULT_LONG_SIDE
    sharp: bool = False
    seed: int = 0
    steps: int | None = None
    input_position: int | None = None
    full_size: bool = False
    guidance: float | None = None
    decode_overlap: int = 0
    corrected_clip: bool = False
    restore: str | None = None
    depth_source: DepthChoice = "auto"
    touch_up: tuple[Stroke, ...] = ()
    k: float | None = None

    def __post_init__(self) -> None:
        if sum(strength is not None for strength in (self.blur, self.f_number, self.k)) > 1:
            raise BadInput("Blur strength, f-number or K were given together.", todo="Give one of them.")
        if self.blur is None and self.f_number is None and self.k is None:
            object.__setattr__(self, "blur", DEFAULT_BLUR)
        if self.blur is not None and not 0 <= self.blur <= 1:
            raise BadInput(f"A blur strength of {self.blur:g} is not possible.", todo="Choose 0 to 1.")
        if self.f_number is not None and not 0.5 <= self.f_number <= 128:
            raise BadInput(f"f/{self.f_number:g} is not a lens.", todo="Choose f/0.5 to f/128.")
        if self.k is not None and not 0 <= self.k <= MAX_K:
            raise BadInput(f"K = {self.k:g} is not possible.", todo=f"Choose 0 (no blur) to {MAX_K:g}; 20 is usual.")
        if not MIN_FRAMES <= self.frames <= MAX_FRAMES:
            raise BadInput(
                f"A stack of {self.frames} frames is not possible.", todo=f"Choose {MIN_FRAMES} to {MAX_FRAMES} frames."
            )
        if self.aperture not in APERTURE_NAMES:
            raise BadInput(
                f"There is no aperture shape {self.aperture!r}.", todo=f"Choose one of: {', '.join(APERTURE_NAMES)}."
            )
        if self.long_side < MIN_LONG_SIDE:
            raise BadInput(
                f"A long side of {self.long_side} px is too small.", todo=f"Choose {MIN_LONG_SIDE} px or more."
            )
        if self.depth_source not in DEPTH_CHOICES:
            raise BadInput(
                f"There is no depth source {self.depth_source!r}.", todo=f"Choose one of: {', '.join(DEPTH_CHOICES)}."
            )
        object.__setattr__(self, "touch_up", strokes_of(self.touch_up))
        _check_whole("seed", self.seed, 0, MAX_SEED)
        _check_whole("overlap of the decoder's chunks", self.decode_overlap, 0, MAX_DECODE_OVERLAP)
        if self.guidance is not None and not 0 <= self.guidance <= MAX_GUIDANCE:
            raise BadInput(f"A guidance of {self.guidance:g} is not possible.", todo=f"Choose 0 to {MAX_GUIDANCE:g}.")
        if self.steps is not None:
            _check_whole("number of steps", self.steps, 1, MAX_STEPS)
        if self.input_position is not None:
            _check_whole("input position", self.input_position, 0, LAST_INPUT_POSITION)


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadInput(f"The {name} {value} is not possible.", todo=f"Choose a whole number, {low} to {high}.")
