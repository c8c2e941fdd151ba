import numpy as np
import pytest

from refocus.core import BadInput, Cancelled, Disparity, silent
from refocus.engines import Refocused, RefocusRequest, ThinLensEngine
from refocus.media import Photo

SQUARE = np.s_[24:48, 36:60]
WALL = np.s_[:, :20]


def detail(picture: np.ndarray, where: tuple[slice, slice]) -> float:
    return float(picture[where].astype(np.float32).std())


@pytest.fixture(scope="module")
def refocused(two_planes: Photo) -> Refocused:
    return ThinLensEngine().refocus(two_planes, RefocusRequest(frames=5, blur=1), silent)


def test_the_near_frame_shows_the_near_thing_and_the_far_frame_the_far(refocused: Refocused) -> None:
    near, far = refocused.at(0), refocused.at(4)
    assert detail(near, SQUARE) > 3 * detail(far, SQUARE)
    assert detail(far, WALL) > 3 * detail(near, WALL)


def test_what_is_in_focus_keeps_its_colours(refocused: Refocused, two_planes: Photo) -> None:
    assert np.abs(refocused.at(0)[SQUARE].astype(int) - two_planes.rgb[SQUARE]).max() <= 1
    assert np.abs(refocused.at(4)[WALL].astype(int) - two_planes.rgb[WALL]).max() <= 1


def test_it_says_who_made_it_how_long_it_took_and_what_was_assumed(refocused: Refocused) -> None:
    assert refocused.engine == "thin-lens"
    assert len(refocused.seconds) == 3
    assert "Depth: made by hand." in refocused.notes
    assert any("used as taken" in note for note in refocused.notes)


def test_a_sharp_photo_needs_no_word_about_softness(two_planes: Photo) -> None:
    result = ThinLensEngine().refocus(two_planes, RefocusRequest(frames=3, sharp=True), silent)
    assert not any("used as taken" in note for note in result.notes)


def test_the_photo_stays_whole_and_the_stack_has_the_size_asked(two_planes: Photo) -> None:
    large = Photo(np.repeat(np.repeat(two_planes.rgb, 2, 0), 2, 1), disparity=two_planes.disparity)
    result = ThinLensEngine().refocus(large, RefocusRequest(frames=3, long_side=96), silent)
    assert result.photo.rgb.shape == (144, 192, 3)
    assert result.stack.frames.shape == (3, 72, 96, 3)


def test_without_a_map_depth_is_estimated(two_planes: Photo) -> None:
    result = ThinLensEngine().refocus(Photo(two_planes.rgb), RefocusRequest(frames=3), silent)
    assert result.scene.disparity.source != "made by hand"


def test_a_few_stray_pixels_do_not_waste_the_first_frame(two_planes: Photo) -> None:
    values = two_planes.disparity.values.copy()
    values[0, 0] = 50
    stray = Photo(two_planes.rgb, disparity=Disparity(values, metric=True, source="made by hand"))
    result = ThinLensEngine().refocus(stray, RefocusRequest(frames=3), silent)
    assert result.stack.focus_disparity[0] == pytest.approx(1)


def test_a_map_of_another_picture_is_refused(two_planes: Photo) -> None:
    turned = Photo(np.ascontiguousarray(two_planes.rgb.transpose(1, 0, 2)), disparity=two_planes.disparity)
    with pytest.raises(BadInput, match="do not match"):
        ThinLensEngine().refocus(turned, RefocusRequest(frames=3), silent)


def test_it_can_be_stopped_between_frames(two_planes: Photo) -> None:
    fractions: list[float] = []

    def stop_half_way(stage: str, fraction: float) -> None:
        fractions.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        ThinLensEngine().refocus(two_planes, RefocusRequest(frames=9), stop_half_way)
    assert fractions == sorted(fractions)
    assert fractions[-1] < 0.7


def test_the_sharp_picture_a_phone_recorded_is_used(two_planes: Photo) -> None:
    blurred = np.full_like(two_planes.rgb, 120)
    phone = Photo(blurred, disparity=two_planes.disparity, all_in_focus=two_planes.rgb)
    result = ThinLensEngine().refocus(phone, RefocusRequest(frames=3), silent)
    assert (result.scene.all_in_focus == two_planes.rgb).all()
    assert any("before its background was blurred" in note for note in result.notes)
    assert (result.photo.rgb == 120).all()
