from pathlib import Path

import numpy as np
import pytest

from refocus.core import BadInput, Cancelled, Disparity, Scene, silent
from refocus.engines import ThinLensEngine
from refocus.media import Photo
from refocus.optics import Aperture
from refocus.results import Refocused, RefocusRequest
from refocus.results.rendering import render_still
from refocus.results.saved import load_refocused

SQUARE = np.s_[24:48, 36:60]
WALL = np.s_[:, :20]


def detail(picture: np.ndarray, where: tuple[slice, slice]) -> float:
    return float(picture[where].astype(np.float32).std())


def detail_per_pixel(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture.astype(np.float32), axis=1)).mean())


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
    assert any("sharp throughout" in note for note in refocused.notes)


@pytest.fixture(scope="module")
def shallow_photo(stream_photo: Path) -> Photo:
    """A floor of stones, near at the bottom, as a lens focused a quarter of the way down sees it."""
    sharp = Photo.open(stream_photo).resized(512)
    rows = np.linspace(0, 1, sharp.height, dtype=np.float32)
    disparity = Disparity(np.tile(rows[:, None], (1, sharp.width)), metric=False, source="made by hand")
    return Photo(render_still(Scene(sharp.rgb, disparity), 0.25, 12.0, Aperture()), disparity=disparity)


def test_what_was_out_of_focus_is_restored(shallow_photo: Photo) -> None:
    result = ThinLensEngine().refocus(shallow_photo, RefocusRequest(frames=3), silent)
    bottom = np.s_[-100:]
    assert detail_per_pixel(result.scene.all_in_focus[bottom]) > 1.2 * detail_per_pixel(shallow_photo.rgb[bottom])
    assert any("was sharpened by estimate" in note for note in result.notes)


def test_the_strength_of_the_restoration_is_an_option(shallow_photo: Photo) -> None:
    results = [ThinLensEngine().refocus(shallow_photo, RefocusRequest(frames=3, restoration=strength), silent)
               for strength in ("off", "careful", "full")]  # fmt: skip
    off, careful, full = (detail_per_pixel(result.scene.all_in_focus) for result in results)
    assert off < careful < full
    assert (results[0].scene.all_in_focus == shallow_photo.rgb).all()
    assert results[0].photo_position is not None
    assert any("not sharpened, as requested" in note for note in results[0].notes)


def test_the_photos_own_place_in_the_stack_is_found_and_kept(shallow_photo: Photo, tmp_path: Path) -> None:
    result = ThinLensEngine().refocus(shallow_photo, RefocusRequest(frames=9), silent)
    assert result.photo_position == pytest.approx(6, abs=1)
    distances = [np.abs(frame.astype(int) - shallow_photo.rgb).mean() for frame in result.stack.frames]
    assert int(np.argmin(distances)) == pytest.approx(result.photo_position, abs=1.5)
    assert any(f"is at position {result.photo_position:.1f} of 0 to 8" in note for note in result.notes)
    result.save(tmp_path / "saved")
    assert load_refocused(tmp_path / "saved").photo_position == pytest.approx(result.photo_position, abs=0.01)


def test_a_photo_declared_sharp_is_not_restored(shallow_photo: Photo) -> None:
    result = ThinLensEngine().refocus(shallow_photo, RefocusRequest(frames=3, sharp=True), silent)
    assert (result.scene.all_in_focus == shallow_photo.rgb).all()
    assert result.photo_position is None
    assert not any("sharp" in note for note in result.notes)


def test_the_photo_stays_whole_and_the_stack_has_the_size_asked(two_planes: Photo) -> None:
    large = Photo(np.repeat(np.repeat(two_planes.rgb, 2, 0), 2, 1), disparity=two_planes.disparity)
    result = ThinLensEngine().refocus(large, RefocusRequest(frames=3, long_side=96), silent)
    assert result.photo.rgb.shape == (144, 192, 3)
    assert result.stack.frames.shape == (3, 72, 96, 3)


def test_without_a_map_depth_is_estimated(two_planes: Photo) -> None:
    result = ThinLensEngine().refocus(Photo(two_planes.rgb), RefocusRequest(frames=3), silent)
    assert result.scene.disparity.source != "made by hand"


def test_a_few_stray_pixels_do_not_waste_the_first_frame(two_planes: Photo) -> None:
    assert two_planes.disparity is not None
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
