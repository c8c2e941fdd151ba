"""Renders one picture of a scene as a prompt says: what is in focus, and the strength and shape of the blur."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import BadInput, BokehSpec
from refocus.core.settings import GENERATIVE
from refocus.optics import Aperture
from refocus.prompts import generative_prompt, look_words
from refocus.results.blur_amount import BLUR_UNITS, BlurAmount, blur_slope
from refocus.results.full_size import resized_srgb
from refocus.results.rendering import render_still
from refocus.results.request import OPTIONS, RefocusRequest
from refocus.results.stack_result import StackResult
from refocus.subjects import FocusChoice, Region, find_tapped, focus_disparity_for, marked_region, rack_disparities
from refocus.subjects.main_subject import known_subject

_KNOWN_SUBJECTS = {
    "face": "Focused on the eyes of a face.",
    "animal": "Focused on an animal.",
    "photo": "Focused where the photo itself was.",
}


@dataclass(frozen=True, slots=True, eq=False)
class BokehRequest:
    """How to render one picture, or a focus pull. Whatever is given beside the prompt wins over the prompt.

    Attributes:
        spec: what the prompt says; None without a prompt.
        at: (x, y) in pixels of the photo, the point to be sharp; or
        position: a stack position.
        aperture: name of the shape, or an `Aperture` of the user's own; None for that of the prompt or the stack.
        blur_amount: how strong the blur is; None for that of the prompt or the stack.
        mask: in place of a point, (rows, columns) above 0 where it is to be sharp: see `marked_region`.

    Raises:
        BadInput: on an aperture that does not exist, or two of `at`, `position` and `mask`.
    """

    spec: BokehSpec | None = None
    at: tuple[float, float] | None = None
    position: float | None = None
    aperture: str | Aperture | None = None
    blur_amount: BlurAmount | None = None
    mask: ArrayLike | None = None

    def __post_init__(self) -> None:
        if sum(place is not None for place in (self.at, self.position, self.mask)) > 1:
            raise BadInput("Two of a point, a position and a mask were given.", todo="Give one of them.")
        if isinstance(self.aperture, str):
            OPTIONS["aperture"].check(self.aperture)

    @property
    def points(self) -> bool:
        """Whether the place to be sharp is given beside the prompt."""
        return self.at is not None or self.position is not None or self.mask is not None

    @property
    def pulls_focus(self) -> bool:
        """Whether the prompt asks for a focus pull, which is a video."""
        return self.spec is not None and self.spec.rack is not None

    def amount(self, request: RefocusRequest) -> BlurAmount:
        """How strong the blur is: as given, else as the prompt says, else as in the request."""
        if self.blur_amount is not None:
            return self.blur_amount
        if self.spec is not None and self.spec.f_number is not None:
            return BlurAmount("f_number", self.spec.f_number)
        if self.spec is not None and self.spec.blur is not None:
            return BlurAmount("blur", self.spec.blur)
        return request.blur_amount


@dataclass(frozen=True, slots=True, eq=False)
class BokehPicture:
    """A picture rendered for a request, and what was understood and found on the way.

    Attributes:
        picture: (height, width, 3) uint8 sRGB, at working size.
        spec: what was understood; empty without a prompt.
        focus_disparity: what is sharp, in the scene's own units; None when everything is.
        region: the subject that was found, or the thing at the point, in pixels of `picture`; None when there is none.
        notes: what was done, assumed and left out, for the user.
    """

    picture: NDArray[np.uint8]
    spec: BokehSpec
    focus_disparity: float | None
    region: Region | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The look of the blur: its strength, its shape, the glow of lights, and assumptions about them."""

    coc_px_per_disparity: float
    aperture: Aperture
    highlights: float
    notes: tuple[str, ...]


def bokeh_picture(
    result: StackResult, request: BokehRequest, *, rendered: NDArray[np.uint8] | None = None
) -> BokehPicture:
    """Render one picture of a refocused photo.

    Args:
        result: the photo with its scene and stack; its `finder` looks for subjects.
        request: what to render. Without a point, a position or words that name a place the `main_subject` is sharp: at
            the median disparity of a face, an animal or what stands out, as in Eq. 4 of Generative Refocusing (arXiv
            2512.16923).
        rendered: the same picture by optics at full size, (height, width, 3) uint8 sRGB, when there is one: it is
            reduced instead of rendering, unless the engine renders by itself.

    Raises:
        BadInput: on a point outside the picture or a position outside the stack.
    """
    spec = request.spec or BokehSpec()
    if _all_sharp(request, result.request):
        notes = ("Everything is sharp: this is the all-in-focus picture.", *_unused_notes(spec, result))
        return BokehPicture(result.scene.all_in_focus.copy(), spec, None, None, notes)
    focus = choose_focus(result, request)
    look = look_of(result, request)
    own = result.renderer
    if own is None and rendered is not None:
        height, width = result.scene.all_in_focus.shape[:2]
        picture = resized_srgb(rendered, (width, height))
    else:
        render = render_still if own is None else own.still
        picture = render(
            result.scene, focus.disparity, look.coc_px_per_disparity, look.aperture, highlights=look.highlights
        )
    lacking = _left_to_optics(result) if own is None else own.lacks(look.aperture, look.highlights)
    told = request.spec is not None or focus.region is not None
    prompt_part = (focus.explanation, *_unused_notes(spec, result)) if told else ()
    notes = (*prompt_part, *look.notes, lacking)
    region = tapped_region(result, request) or focus.region
    return BokehPicture(picture, spec, focus.disparity, region, tuple(filter(None, notes)))


def sharp_disparity(result: StackResult, request: BokehRequest) -> float | None:
    """The disparity that is sharp in the picture of a request; None when everything is. Raises as `choose_focus`."""
    return None if _all_sharp(request, result.request) else choose_focus(result, request).disparity


def choose_focus(result: StackResult, request: BokehRequest) -> FocusChoice:
    """Where a request puts the focus: the point or position it gives, else what its prompt names; of a pull, the end.

    Raises:
        BadInput: on a point outside the picture, a position outside the stack, or a mask that does not fit.
    """
    if request.position is not None:
        disparity = result.stack.disparity_at(request.position)
        return FocusChoice(disparity, f"Focused at position {request.position:.1f} of the stack.", None)
    if request.mask is not None:
        region = marked_region(request.mask, result.scene.disparity.values.shape)
        return FocusChoice(region.median_disparity(result.scene.disparity), region.explanation, region)
    if request.at is not None:
        return FocusChoice(_disparity_at(result, request.at), "Focused where you pointed.", None)
    rgb, disparity_map = result.scene.all_in_focus, result.scene.disparity
    if request.spec is None or not request.spec.names_focus:
        subject = known_subject(result.scene, result.photo_focus)
        if subject is not None:
            return FocusChoice(subject.disparity, _KNOWN_SUBJECTS[subject.word], None)
        return focus_disparity_for(BokehSpec(), rgb, disparity_map, finder=result.finder)
    if request.spec.rack is not None:
        end = rack_disparities(request.spec, rgb, disparity_map, finder=result.finder)[1]
        return end._replace(explanation=f"This is the end of the focus pull. {end.explanation}")
    return focus_disparity_for(request.spec, rgb, disparity_map, finder=result.finder)


def tapped_region(result: StackResult, request: BokehRequest) -> Region | None:
    """The thing at the point that a request gives; None without a point, or where there is none."""
    if request.at is None:
        return None
    share = (request.at[0] / result.photo.width, request.at[1] / result.photo.height)
    return find_tapped(result.scene.all_in_focus, result.scene.disparity, share)


def look_of(result: StackResult, request: BokehRequest) -> Look:
    """The look of the blur in a request; what it does not specify is as in the stack."""
    spec = request.spec or BokehSpec()
    slope = blur_slope(
        result.scene.disparity,
        result.photo.camera,
        amount=request.amount(result.request),
        focal_length_mm=spec.focal_length_mm,
    )
    aperture = request.aperture or spec.aperture or result.request.aperture
    shape = Aperture.named(aperture) if isinstance(aperture, str) else aperture
    return Look(slope.coc_px_per_disparity, shape, spec.highlights or 0.0, slope.notes)


def request_with_prompt(request: RefocusRequest, spec: BokehSpec, *, given: frozenset[str]) -> RefocusRequest:
    """The request for a stack with strength and shape from a prompt.

    Args:
        request: the request without the prompt.
        spec: what the prompt says.
        given: fields of the request the user gave; they win over the prompt. Blur, f-number and K count as one.
    """
    if not given & set(BLUR_UNITS):
        request = request.with_options(BokehRequest(spec).amount(request).to_options())
    if spec.aperture is not None and "aperture" not in given:
        request = replace(request, aperture=spec.aperture)
    prompt = generative_prompt(spec)
    return replace(request, restore=prompt) if prompt else request


def prompt_notes(result: StackResult, request: BokehRequest) -> tuple[str, ...]:
    """Notes for a stack on what its prompt names: where in the stack it is sharp, and what only a picture shows."""
    spec = request.spec or BokehSpec()
    glow = ("The glow of lights is for single pictures; the stack is without it.",) if spec.highlights else ()
    if spec.rack is not None or not spec.names_focus:
        return (*glow, *_unused_notes(spec, result))
    focus = choose_focus(result, request)
    position = float(result.stack.position_of(focus.disparity))
    sharp = () if spec.focus == "everything" else (f"{focus.explanation} It is sharp at position {position:.1f}.",)
    return (*sharp, *glow, *_unused_notes(spec, result))


def _all_sharp(request: BokehRequest, stack_request: RefocusRequest) -> bool:
    """Whether the request is for no blur at all; a strength given beside the prompt decides alone."""
    if request.amount(stack_request).is_none:
        return True
    spec = request.spec
    return request.blur_amount is None and spec is not None and (spec.focus == "everything" or spec.blur == 0.0)


def _left_to_optics(result: StackResult) -> str:
    if result.engine != GENERATIVE:
        return ""
    return "Rendered by optics: the generative engine renders pictures only for a stack that it has just made."


def _unused_notes(spec: BokehSpec, result: StackResult) -> tuple[str, ...]:
    """What the prompt says that was not done, or not understood."""
    guided = result.engine == GENERATIVE and result.request.restore == generative_prompt(spec)
    sign_text = f"Only the generative engine writes “{spec.restore}”, when it makes the stack."
    restore = (sign_text,) if spec.restore and not guided else ()
    unknown = [word for word in spec.ignored if not (guided and word in look_words(spec))]
    ignored = (f"Not understood: {', '.join(unknown)}.",) if unknown else ()
    return (*restore, *ignored)


def _disparity_at(result: StackResult, at: tuple[float, float]) -> float:
    """Median disparity around a point of the photo, in pixels; a single pixel could be an outlier."""
    (x, y), (width, height) = at, (result.photo.width, result.photo.height)
    if not (0 <= x < width and 0 <= y < height):
        raise BadInput(f"The point {x:g},{y:g} is outside the picture.", todo=f"It is {width}x{height} px.")
    values = result.scene.disparity.values
    rows, columns = values.shape
    column, row = int(x / width * columns), int(y / height * rows)
    reach = max(1, max(rows, columns) // 256)
    patch = values[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return float(np.median(patch))
