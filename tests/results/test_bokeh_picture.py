"""Prompts done on a scene whose depth and colours are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refocus import parse_prompt
from refocus.core import BadInput, BokehSpec, Disparity, silent
from refocus.engines import ThinLensEngine
from refocus.media import Camera, Photo
from refocus.optics import Aperture
from refocus.results import Refocused, RefocusRequest
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehPicture, BokehRequest, bokeh_picture, prompt_notes, request_with_prompt
from refocus.subjects.region import Region

SQUARES = {"red": (0, 1.0), "blue": (1, 0.5)}


def squares(*, metric: bool = False, camera: Camera | None = None) -> Refocused:
    """144x108 px: red and nearest at the left, blue and half as near at the right, a grey wall at 0."""
    rgb = np.random.default_rng(1).integers(90, 160, (108, 144, 1)).repeat(3, 2).astype(np.uint8)
    near = np.zeros((108, 144), np.float32)
    for channel, (name, left) in zip((0, 2), (("red", 12), ("blue", 84)), strict=True):
        rgb[36:84, left : left + 48] = rgb[36:84, left : left + 48] // 3
        rgb[36:84, left : left + 48, channel] += 150
        near[36:84, left : left + 48] = SQUARES[name][1]
    photo = Photo(rgb, camera=camera or Camera(), disparity=Disparity(near, metric, "made by hand"), name="squares")
    return ThinLensEngine().refocus(photo, RefocusRequest(frames=3, blur=1, sharp=True), silent)


@pytest.fixture(scope="module")
def scene() -> Refocused:
    return squares()


def made(scene: Refocused, prompt: str, **given: Any) -> BokehPicture:
    return bokeh_picture(scene, BokehRequest(parse_prompt(prompt), **given))


@pytest.mark.parametrize(
    ("prompt", "disparity"),
    [
        ("focus on the red square", 1.0),
        ("focus on the blue square", 0.5),
        ("focus on the nearest thing", 1.0),
        ("focus on the background", 0.0),
        ("rack focus from the blue square to the red square", 1.0),
    ],
)
def test_the_focus_is_where_the_words_say(scene: Refocused, prompt: str, disparity: float) -> None:
    assert made(scene, prompt).focus_disparity == pytest.approx(disparity, abs=0.01)


@pytest.mark.parametrize("prompt", ["hexagonal bokeh at f/1.4", "dreamy", "f/2"])
def test_words_that_name_no_place_leave_the_focus_where_the_photo_had_it(scene: Refocused, prompt: str) -> None:
    taken = replace(scene, photo_focus=0.5)
    found = made(taken, prompt)
    assert found.focus_disparity == 0.5
    assert "where the photo itself was" in found.notes[0]
    assert made(taken, f"{prompt}, sharp background").focus_disparity == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("amount", [None, BlurAmount("f_number", 1.4), BlurAmount("blur", 0.9)])
def test_without_a_prompt_it_is_where_the_photo_opens(scene: Refocused, amount: BlurAmount | None) -> None:
    request = BokehRequest(blur_amount=amount)
    assert bokeh_picture(replace(scene, photo_focus=0.5), request).focus_disparity == 0.5


def test_what_was_found_is_handed_back(scene: Refocused) -> None:
    found = made(scene, "focus on the blue square, heart-shaped bokeh, frobnicate")
    assert found.region is not None
    assert found.region.box == pytest.approx((84, 36, 132, 84), abs=6)
    assert found.spec.aperture == "heart"
    assert "blue" in found.notes[0]
    assert "Not understood: frobnicate." in found.notes


def test_what_is_given_beside_the_prompt_wins(scene: Refocused) -> None:
    prompt = "focus on the red square, f/1.4, heart-shaped bokeh"
    assert made(scene, prompt, at=(108, 60)).focus_disparity == 0.5
    assert made(scene, prompt, position=2).focus_disparity == pytest.approx(0)
    plain = made(scene, prompt).picture
    assert (made(scene, prompt, blur_amount=BlurAmount("blur", 0.2)).picture != plain).any()
    assert (made(scene, prompt, blur_amount=BlurAmount("f_number", 8)).picture != plain).any()
    assert (made(scene, prompt, aperture="star").picture != plain).any()
    assert (made(scene, prompt, aperture=Aperture.from_mask(np.eye(16))).picture != plain).any()


def test_strength_and_shape_of_the_words_are_rendered(scene: Refocused) -> None:
    def picture(**given: Any) -> np.ndarray:
        return bokeh_picture(scene, BokehRequest(at=(36, 60), **given)).picture

    prompt = "focus on the red square"
    assert (made(scene, f"{prompt}, f/2.8").picture == picture(blur_amount=BlurAmount("f_number", 2.8))).all()
    assert (made(scene, f"{prompt}, subtle blur").picture == picture(blur_amount=BlurAmount("blur", 0.25))).all()
    assert (made(scene, f"{prompt}, hexagonal bokeh").picture == picture(aperture="hexagon")).all()
    assert (made(scene, prompt).picture == picture(blur_amount=BlurAmount("blur", 1))).all()  # as in the stack


@pytest.mark.parametrize("prompt", ["everything sharp", "no blur", "no blur, focus on the red square"])
def test_without_blur_it_is_the_all_in_focus_picture(scene: Refocused, prompt: str) -> None:
    sharp = made(scene, prompt)
    assert (sharp.picture == scene.scene.all_in_focus).all()
    assert sharp.focus_disparity is None
    assert "all-in-focus" in sharp.notes[0]
    assert sharp.picture is not scene.scene.all_in_focus


@pytest.mark.parametrize("prompt", ["everything sharp", "no blur"])
def test_a_given_strength_outdoes_no_blur(scene: Refocused, prompt: str) -> None:
    assert (made(scene, prompt, blur_amount=BlurAmount("blur", 1)).picture != scene.scene.all_in_focus).any()


def test_without_a_prompt_it_is_the_main_subject_and_said(scene: Refocused) -> None:
    plain = bokeh_picture(scene, BokehRequest())
    assert plain.focus_disparity == pytest.approx(1.0, abs=0.01)
    assert "stands out" in plain.notes[0]
    assert plain.spec == BokehSpec()


def test_a_mask_is_focused_on_its_median_distance(scene: Refocused) -> None:
    mask = np.zeros((54, 72), bool)
    mask[20:40, 44:64] = True  # of the blue square, at half the size of the picture
    found = bokeh_picture(scene, BokehRequest(parse_prompt("focus on the red square"), mask=mask))
    assert found.focus_disparity == 0.5
    assert "the region you marked" in found.notes[0]
    assert (scene.bokeh(mask=mask) == bokeh_picture(scene, BokehRequest(at=(108, 60))).picture).all()


def test_a_point_is_focused_on_exactly_and_the_thing_there_is_its_region(scene: Refocused) -> None:
    found = bokeh_picture(scene, BokehRequest(at=(108, 60)))
    assert found.focus_disparity == 0.5
    assert found.region is not None
    assert found.region.box == pytest.approx((84, 36, 132, 84), abs=6)


def test_an_f_number_without_a_place_focuses_on_the_median_of_the_subject(scene: Refocused) -> None:
    found = bokeh_picture(scene, BokehRequest(blur_amount=BlurAmount("f_number", 2)))
    assert found.region is not None
    assert found.focus_disparity == found.region.median_disparity(scene.scene.disparity) == 1.0
    assert "stands out" in found.notes[0]
    assert bokeh_picture(scene, BokehRequest(position=2, blur_amount=BlurAmount("f_number", 2))).region is None


def test_a_distance_counts_where_depth_is_metric() -> None:
    near = squares(metric=True)
    assert made(near, "focus at 2 m").focus_disparity == 0.5
    assert made(near, "focus at 1 m").focus_disparity == 1.0
    assert any("relative" in note for note in made(squares(), "focus at 2 m").notes)


def test_an_f_number_is_physical_with_lens_and_metric_depth() -> None:
    # 50 mm on full frame, 144 px wide: aperture 25 mm x 200 px = 5 px a diopter at f/2; 85 mm: 42.5 mm x 200 px.
    physical = squares(metric=True, camera=Camera(focal_length_mm=50, focal_length_35mm=50))
    assert "photo's own 50 mm lens" in " ".join(made(physical, "focus on the red square, f/2").notes)
    assert "a 85 mm lens" in " ".join(made(physical, "focus on the red square, 85mm f/2").notes)
    own, longer = (made(physical, f"focus on the red square, {lens} f/2").picture for lens in ("", "85mm"))
    assert (own != longer).any()
    assert "distances in metres are not known" in " ".join(made(squares(), "85mm f/2").notes)


def test_a_finder_of_ones_own_is_asked(scene: Refocused) -> None:
    asked = []

    def finder(
        rgb: np.ndarray, disparity: Disparity, subject: str, side: str | None, *, place: str | None = None
    ) -> Region:
        from refocus.subjects import find_subject

        asked.append((subject, side, place))
        return find_subject(rgb, disparity, "blue", None)

    found = bokeh_picture(replace(scene, finder=finder), BokehRequest(parse_prompt("focus on the zebra on the left")))
    assert asked == [("zebra", "left", None)]
    assert found.focus_disparity == 0.5


def test_a_stack_takes_strength_and_shape_unless_they_are_given() -> None:
    spec = parse_prompt("f/2, star-shaped bokeh")
    taken = request_with_prompt(RefocusRequest(frames=5), spec, given=frozenset())
    assert (taken.blur, taken.f_number, taken.aperture, taken.frames) == (None, 2, "star", 5)
    asked = RefocusRequest(blur=0.3, aperture="heart")
    assert request_with_prompt(asked, spec, given=frozenset({"blur", "aperture"})) == asked


def test_a_stack_says_where_the_named_is_sharp(scene: Refocused) -> None:
    notes = prompt_notes(scene, BokehRequest(parse_prompt("focus on the blue square with glowing lights")))
    assert "sharp at position 1.0" in notes[0]
    assert any("glow" in note for note in notes)
    assert prompt_notes(scene, BokehRequest(parse_prompt("f/2, hearts"))) == ()


@pytest.mark.parametrize("given", [{"at": (1, 1), "position": 1}, {"aperture": "banana"}])
def test_impossible_requests_are_refused(given: dict) -> None:
    with pytest.raises(BadInput):
        BokehRequest(**given)


def test_the_generative_engine_uses_words_for_the_look(scene: Refocused) -> None:
    spec = parse_prompt("cinematic, frobnicate, focus on the red square, the sign says OPEN")
    request = request_with_prompt(RefocusRequest(), spec, given=frozenset())
    assert request.restore == "the sign says OPEN, cinematic"
    notes = " ".join(bokeh_picture(scene, BokehRequest(spec)).notes)
    assert "Not understood: cinematic, frobnicate." in notes
    generated = replace(scene, engine="generative", request=replace(scene.request, restore=request.restore))
    notes = " ".join(bokeh_picture(generated, BokehRequest(spec)).notes)
    assert "Not understood: frobnicate." in notes
    assert "Only the generative engine" not in notes
