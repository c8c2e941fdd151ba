from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus import Photo, RefocusPipeline
from refocus.core import BadInput, Cancelled
from refocus.engines.photo_stack import PhotoStack, refocus_photo_stack
from refocus.media.photo_files import photos_in
from refocus.results import RefocusRequest
from refocus.results.blur_amount import BlurAmount
from tests.optics.stack_scenes import FRAMES, HEIGHT, WIDTH, moved, textured, two_halves


@pytest.fixture(scope="module")
def breathing() -> list[Photo]:
    """Left half near, right half far, breathing by 4 %."""
    frames, _, _ = two_halves()
    scales = np.linspace(1.02, 0.98, FRAMES)
    return [Photo(moved(f, s, (0, 0)), name=f"p{i}") for i, (f, s) in enumerate(zip(frames, scales, strict=True))]


@pytest.fixture
def folder(tmp_path: Path, breathing: list[Photo]) -> Path:
    path = tmp_path / "bug"
    path.mkdir()
    for index, photo in enumerate(breathing):
        Image.fromarray(photo.rgb).save(path / f"shot {index + 5}.png")  # 5 to 11: sorted by letters, 10 comes first
    (path / "notes.txt").write_text("taken on Sunday")
    (path / ".hidden.png").write_text("no picture")
    return path


def test_photos_become_the_frames(breathing: list[Photo]) -> None:
    result = RefocusPipeline().refocus_photos(breathing, order="near-first", name="bug")
    assert result.engine == "captured"
    assert len(result.stack) == result.request.frames == FRAMES
    assert result.photo.name == "bug"
    assert result.photo.rgb.shape == result.stack.frames.shape[1:] == result.scene.all_in_focus.shape
    assert 0.9 * WIDTH < result.stack.frames.shape[2] < WIDTH
    positions = result.stack.position_of(result.scene.disparity.values)
    assert np.median(positions[:, : WIDTH // 3]) == pytest.approx(1, abs=0.3)
    assert np.median(positions[:, -WIDTH // 3 :]) == pytest.approx(5, abs=0.3)
    assert list(result.seconds)[-1] == "total"


def test_far_first_reverses_the_stack(breathing: list[Photo]) -> None:
    near, far = (RefocusPipeline().refocus_photos(breathing, order=order) for order in ("near-first", "far-first"))
    assert (near.stack.frames[::-1] == far.stack.frames).all()
    np.testing.assert_allclose(far.scene.disparity.values, 1 - near.scene.disparity.values, atol=0.02)


def test_notes_give_scale_order_and_use_of_the_options(breathing: list[Photo]) -> None:
    notes = " ".join(RefocusPipeline().refocus_photos(breathing).notes)
    assert "scaled them by 0.9" in notes
    assert "far-first" in notes  # nothing in these photos tells, so the assumption is said, with what to do
    assert "Exposure" not in notes


def test_k_counts_for_bokeh(breathing: list[Photo]) -> None:
    result = RefocusPipeline().refocus_photos(breathing, k=3)
    assert result.request.blur_amount == BlurAmount("k", 3)
    assert (result.bokeh(position=1) != result.bokeh(position=1, k=12)).any()


def test_photos_that_carry_a_sharp_picture_become_a_stack_too(breathing: list[Photo]) -> None:
    phone = [replace(photo, all_in_focus=photo.rgb) for photo in breathing]
    result, plain = (RefocusPipeline().refocus_photos(photos) for photos in (phone, breathing))
    assert (result.stack.frames == plain.stack.frames).all()


def test_strength_and_aperture_count_for_bokeh_only(breathing: list[Photo]) -> None:
    soft, strong = (RefocusPipeline().refocus_photos(breathing, blur=blur) for blur in (0.1, 1.0))
    assert (soft.stack.frames == strong.stack.frames).all()
    assert (soft.bokeh(position=1) != strong.bokeh(position=1)).any()


def test_more_than_33_are_thinned_evenly() -> None:
    photos = [Photo(textured(0, 64, 80), name=str(index)) for index in range(65)]
    captured = PhotoStack.from_photos(photos, long_side=1024)
    assert [photo.name for photo in captured.photos] == [str(index) for index in range(0, 65, 2)]
    assert captured.notes == ("33 of the 65 photos were used, evenly chosen.",)


def test_a_folder_is_read_in_the_order_people_count(folder: Path) -> None:
    assert [path.name for path in photos_in(folder)] == [f"shot {index}.png" for index in range(5, 12)]
    captured = PhotoStack.open(photos_in(folder)[::-1], long_side=120)
    assert [photo.name for photo in captured.photos] == [f"shot {index}" for index in range(5, 12)]
    assert captured.photos[0].rgb.shape == (80, 120, 3)


def test_a_saved_stack_is_no_folder_of_photos(breathing: list[Photo], tmp_path: Path) -> None:
    RefocusPipeline().refocus_photos(breathing).save(tmp_path / "made")
    with pytest.raises(BadInput, match="made before"):
        photos_in(tmp_path / "made")


@pytest.mark.parametrize(("count", "said"), [(0, "there are 0"), (1, "there is 1"), (2, "there are 2")])
def test_too_few_photos_are_refused(breathing: list[Photo], count: int, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        RefocusPipeline().refocus_photos(breathing[:count])


def test_all_photos_of_another_size_are_named(folder: Path) -> None:
    Image.fromarray(textured(0, 100, 150)).save(folder / "shot 7.png")
    Image.fromarray(textured(0, WIDTH, HEIGHT)).save(folder / "shot 9.png")
    with pytest.raises(BadInput) as caught:
        PhotoStack.open(photos_in(folder), long_side=1024)
    assert "most are 240x160 px" in str(caught.value)
    assert "shot 7.png is 150x100" in str(caught.value)
    assert "shot 9.png is 160x240" in str(caught.value)


def test_all_files_that_are_no_photos_are_named(folder: Path) -> None:
    (folder / "shot 6.png").write_text("no picture")
    (folder / "shot 8.png").write_text("no picture")
    with pytest.raises(BadInput) as caught:
        PhotoStack.open(photos_in(folder), long_side=1024)
    assert "shot 6.png" in str(caught.value)
    assert "shot 8.png" in str(caught.value)


def test_photos_of_several_scenes_are_refused(breathing: list[Photo]) -> None:
    strangers = [*breathing[:3], Photo(textured(9)), Photo(textured(10))]
    with pytest.raises(BadInput, match="same scene"):
        RefocusPipeline().refocus_photos(strangers)


def test_an_unknown_order_is_refused(breathing: list[Photo]) -> None:
    captured = PhotoStack.from_photos(breathing, long_side=1024)
    with pytest.raises(BadInput, match="near-first, far-first"):
        refocus_photo_stack(captured, RefocusRequest(), order="backwards")  # type: ignore[arg-type]


def test_it_can_be_stopped(breathing: list[Photo]) -> None:
    def stop(stage: str, done: float) -> None:
        if done > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        RefocusPipeline().refocus_photos(breathing, progress=stop)


def test_equal_photos_are_no_stack() -> None:
    for rgb in (textured(0), *(np.full((240, 320, 3), grey, np.uint8) for grey in (0, 130, 255))):
        with pytest.raises(BadInput, match="focus of these photos does not change"):
            RefocusPipeline().refocus_photos([Photo(rgb)] * 5)
