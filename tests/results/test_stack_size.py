import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.core import BadInput, StackTooLarge
from refocus.core.settings import Settings
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS, fitted_size
from refocus.engines.photo_stack import PhotoStack
from refocus.results.stack_size import check_files, check_request_size, check_stack_size

TWELVE_MEGAPIXELS = (4000, 3000)


def test_nine_frames_of_a_phone_photo_are_taken_and_thirty_three_are_not() -> None:
    check_stack_size(9, fitted_size(TWELVE_MEGAPIXELS, 4096), DEFAULT_MAX_STACK_PIXELS)
    with pytest.raises(StackTooLarge) as caught:
        check_stack_size(33, fitted_size(TWELVE_MEGAPIXELS, 4096), DEFAULT_MAX_STACK_PIXELS)
    assert str(caught.value) == (
        "33 frames of 4000x3000 px are 396 megapixels, but a focal stack may have at most 120. "
        "Choose at most 10 frames of this size, or a long side of at most 2201 px with 33 frames."
    )


@pytest.mark.parametrize("size", [TWELVE_MEGAPIXELS, (3000, 4000), (4096, 4095), (6000, 240), (1023, 777)])
@pytest.mark.parametrize("frames", [3, 9, 33])
def test_what_is_advised_is_allowed_and_one_more_is_not(size: tuple[int, int], frames: int) -> None:
    most = frames * size[0] * size[1] // 3
    with pytest.raises(StackTooLarge) as caught:
        check_stack_size(frames, size, most)
    long_side = int(re.findall(r"long side of at most (\d+)", caught.value.todo)[0])
    check_stack_size(frames, fitted_size(size, long_side), most)
    with pytest.raises(StackTooLarge):
        check_stack_size(frames, fitted_size(size, long_side + 2), most)
    for advised in map(int, re.findall(r"at most (\d+) frames", caught.value.todo)):
        check_stack_size(advised, size, most)
        with pytest.raises(StackTooLarge):
            check_stack_size(advised + 1, size, most)


def test_the_pipeline_refuses_before_it_works() -> None:
    photo = Photo.from_array(np.zeros((300, 400, 3), np.uint8))
    pipeline = RefocusPipeline(Settings(max_stack_pixels=9 * 300 * 400))

    def work(stage: str, done: float) -> None:
        raise AssertionError(f"it began with {stage}")

    with pytest.raises(StackTooLarge, match="10 frames of 400x300 px"):
        pipeline.run(photo, RefocusRequest(frames=10), "thin-lens", work)
    pipeline.check_size(photo.size, RefocusRequest(frames=9), pipeline.choose("thin-lens"))
    pipeline.check_size(photo.size, RefocusRequest(frames=33, long_side=200), pipeline.choose("thin-lens"))


def test_files_are_judged_by_their_headers(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.png" for index in range(4)]
    for path in paths:
        Image.new("RGB", (400, 300)).save(path)
        path.write_bytes(path.read_bytes()[:60])  # the header alone
    with pytest.raises(StackTooLarge, match="4 frames of 400x300 px"):
        check_files(paths, 3 * 400 * 300)
    with pytest.raises(StackTooLarge, match="4 frames of 200x150 px"):
        PhotoStack.open(paths, long_side=200, max_stack_pixels=3 * 200 * 150)
    with pytest.raises(BadInput, match="damaged"):
        PhotoStack.open(paths, long_side=200)


def test_a_panorama_is_told_which_long_side_is_enough() -> None:
    request = RefocusRequest(long_side=384)
    with pytest.raises(BadInput, match=r"384x15 px. Choose a long side of at least 400 px"):
        check_request_size((6000, 240), request, frozenset({"long_side"}), 10**9)
    check_request_size((6000, 240), replace(request, long_side=400), frozenset({"long_side"}), 10**9)
