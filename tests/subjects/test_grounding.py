from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, BokehSpec, Disparity
from refocus.subjects import Region, find_subject, focus_disparity_for, rack_disparities
from tests.subjects.masks import Picture, Street, overlap


@pytest.mark.parametrize("colour", ["red", "blue"])
def test_finds_a_coloured_thing(street: Street, colour: str) -> None:
    rgb, disparity, masks = street
    region = find_subject(rgb, disparity, f"{colour} car", None)
    assert overlap(region.mask, masks[colour]) > 0.8
    assert colour in region.explanation
    assert region.confidence > 0.5


@pytest.mark.parametrize(("side", "colour"), [("left", "red"), ("right", "blue")])
def test_side_decides_between_two(street: Street, side: str, colour: str) -> None:
    rgb, disparity, masks = street
    region = find_subject(rgb, disparity, "car", side)
    assert overlap(region.mask, masks[colour]) > 0.5
    assert side in region.explanation


def test_an_unknown_noun_has_a_low_confidence(street: Street) -> None:
    rgb, disparity, _ = street
    guess = find_subject(rgb, disparity, "gizmo", None)
    known = find_subject(rgb, disparity, "red car", None)
    assert guess.confidence < 0.45 < known.confidence
    assert "gizmo" in guess.explanation


def test_a_mirrored_picture_gives_a_mirrored_region(street: Street) -> None:
    rgb, disparity, masks = street
    mirrored = Disparity(disparity.values[:, ::-1].copy(), False, "drawn")
    region = find_subject(rgb[:, ::-1].copy(), mirrored, "red car", None)
    assert overlap(region.mask[:, ::-1], masks["red"]) > 0.8


def test_finds_sky_and_ground(street: Street) -> None:
    rgb, disparity, masks = street
    assert overlap(find_subject(rgb, disparity, "sky", None).mask, masks["sky"]) > 0.8
    ground = find_subject(rgb, disparity, "ground", None).mask
    assert ground[-20:].mean() > 0.9
    assert not ground[:90].any()


def test_mountains_are_far_but_not_sky(street: Street) -> None:
    rgb, disparity, masks = street
    far = find_subject(rgb, disparity, "mountains", None)
    assert far.median_disparity(disparity) < 0.35
    assert not (far.mask & masks["sky"])[:80].any()


def test_box_is_the_bounding_box_of_the_mask(street: Street) -> None:
    rgb, disparity, _ = street
    region = find_subject(rgb, disparity, "blue car", None)
    left, top, right, bottom = region.box
    assert region.mask[top:bottom, left:right].sum() == region.mask.sum()
    assert region.mask.shape == rgb.shape[:2]


def test_subject_is_focused_at_its_own_depth(street: Street) -> None:
    rgb, disparity, _ = street
    for subject, depth in (("red car", 0.8), ("blue car", 0.5)):
        choice = focus_disparity_for(BokehSpec(subject=subject), rgb, disparity)
        assert choice.disparity == pytest.approx(depth, abs=0.02)
        assert choice.region is not None


def test_focus_words_go_from_near_to_far(street: Street) -> None:
    rgb, disparity, _ = street
    words = ("nearest", "foreground", "background", "farthest")
    values = [focus_disparity_for(BokehSpec(focus=word), rgb, disparity).disparity for word in words]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[1] > values[2]


def test_center_looks_at_the_middle() -> None:
    values = np.zeros((50, 50), np.float32)
    values[20:30, 20:30] = 1
    rgb = np.zeros((50, 50, 3), np.uint8)
    assert focus_disparity_for(BokehSpec(focus="center"), rgb, Disparity(values, False, "drawn")).disparity == 1


def test_distance_needs_metric_depth(street: Street) -> None:
    rgb, relative, _ = street
    metric = Disparity(relative.values + 0.1, True, "drawn")
    assert focus_disparity_for(BokehSpec(focus_distance_m=2), rgb, metric).disparity == pytest.approx(0.5)
    beyond = focus_disparity_for(BokehSpec(focus_distance_m=500), rgb, metric)
    assert beyond.disparity == pytest.approx(metric.farthest)
    assert "500 m" in beyond.explanation
    assert "cannot" in focus_disparity_for(BokehSpec(focus_distance_m=2), rgb, relative).explanation


def test_subject_takes_precedence_over_distance(street: Street) -> None:
    rgb, relative, _ = street
    metric = Disparity(relative.values + 0.1, True, "drawn")
    choice = focus_disparity_for(BokehSpec(subject="red car", focus_distance_m=8), rgb, metric)
    assert choice.disparity == pytest.approx(0.9, abs=0.02)


def test_focus_pull_between_two_subjects(street: Street) -> None:
    rgb, disparity, _ = street
    start, end = rack_disparities(BokehSpec(rack=("red car", "farthest")), rgb, disparity)
    assert start.disparity == pytest.approx(0.8, abs=0.02)
    assert end.disparity == pytest.approx(0, abs=0.02)
    left, right = rack_disparities(BokehSpec(rack=("car", "car"), rack_sides=("left", "right")), rgb, disparity)
    assert left.disparity > right.disparity
    with pytest.raises(BadInput):
        rack_disparities(BokehSpec(), rgb, disparity)


def test_a_custom_finder_is_used(street: Street) -> None:
    rgb, disparity, masks = street
    asked: list[tuple[str, str | None, str | None]] = []

    def finder(
        rgb: Picture, disparity: Disparity, subject: str, side: str | None, *, place: str | None = None
    ) -> Region:
        asked.append((subject, side, place))
        return find_subject(rgb, disparity, "blue car", None)

    choice = focus_disparity_for(
        BokehSpec(subject="bus", side="top", focus="background"), rgb, disparity, finder=finder
    )
    assert asked == [("bus", "top", "background")]
    assert choice.region is not None
    assert overlap(choice.region.mask, masks["blue"]) > 0.8


@pytest.mark.parametrize("subject", ["red car", "dog", "face", "sky", "cat", ""])
@pytest.mark.parametrize("fill", [0, 128, 255])
def test_plain_pictures_give_a_region(subject: str, fill: int) -> None:
    rgb = np.full((40, 60, 3), fill, np.uint8)
    region = find_subject(rgb, Disparity(np.zeros((40, 60), np.float32), False, "flat"), subject, None)
    assert region.mask.any()
    assert region.confidence < 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (9, 9)])
def test_tiny_and_thin_pictures(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    near = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size)
    for subject in ("red car", "woman", "ground", "thing"):
        assert find_subject(rgb, Disparity(near, False, "drawn"), subject, "left").mask.shape == size


def test_sizes_must_agree(street: Street) -> None:
    rgb, disparity, _ = street
    with pytest.raises(BadInput) as caught:
        find_subject(rgb[:-1], disparity, "car", None)
    assert "360x239" in caught.value.message
    with pytest.raises(BadInput):
        find_subject(rgb.astype(np.float32), disparity, "car", None)


@pytest.fixture(scope="module")
def astronaut() -> tuple[Picture, Disparity]:
    """NASA's portrait of Eileen Collins (public domain), beside itself smaller: two faces."""
    data = pytest.importorskip("skimage.data")
    one = np.asarray(Image.open(Path(data.__file__).parent / "astronaut.png"))
    half = cv2.resize(one, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    rgb = np.full((512, 512 + half.shape[1], 3), 90, np.uint8)
    rgb[:, :512] = one
    rgb[-half.shape[0] :, 512:] = half
    near = np.full(rgb.shape[:2], 0.8, np.float32)
    near[:, 512:] = 0.3
    return rgb, Disparity(near, False, "drawn")


def test_finds_the_face_on_a_side(astronaut: tuple[Picture, Disparity]) -> None:
    rgb, disparity = astronaut
    for side, depth in (("left", 0.8), ("right", 0.3)):
        choice = focus_disparity_for(BokehSpec(subject="woman's face", side=side), rgb, disparity)
        assert choice.disparity == pytest.approx(depth)
        assert choice.region is not None
        assert choice.region.confidence > 0.6
        assert "2 faces" in choice.explanation


def test_eyes_lie_in_the_face(astronaut: tuple[Picture, Disparity]) -> None:
    rgb, disparity = astronaut
    face = find_subject(rgb, disparity, "face", "left")
    eyes = find_subject(rgb, disparity, "eyes", None)
    left, top, right, bottom = face.box
    eye_left, eye_top, eye_right, eye_bottom = eyes.box
    assert left <= eye_left < eye_right <= right
    assert top <= eye_top < eye_bottom < (top + bottom) / 2 + (bottom - top) / 10
    assert eyes.mask.sum() < face.mask.sum() / 4


def test_one_eye_is_smaller_than_two(astronaut: tuple[Picture, Disparity]) -> None:
    rgb, disparity = astronaut
    both = find_subject(rgb, disparity, "eyes", None).mask
    one = find_subject(rgb, disparity, "eye", "left").mask
    assert 0 < one.sum() < both.sum()
    assert np.flatnonzero(one.any(0)).mean() < np.flatnonzero(both.any(0)).mean()


def test_a_person_is_larger_than_a_face(astronaut: tuple[Picture, Disparity]) -> None:
    rgb, disparity = astronaut
    face = find_subject(rgb, disparity, "face", "left").mask
    person = find_subject(rgb, disparity, "woman", "left").mask
    assert person.sum() > 1.5 * face.sum()
    assert (face & person).sum() > 0.8 * face.sum()
