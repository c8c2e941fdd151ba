from functools import partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.evaluate.frame_alignment import align_predicted, align_truth
from refocus.evaluate.metrics import psnr_db
from tests.evaluate.pictures import blurred_stack

FRAMES = 5


def breathing(stack: NDArray[np.uint8], of: float = 0.01) -> NDArray[np.uint8]:
    """As a lens takes it: each photo a little larger than the last."""
    height, width = stack.shape[1:3]
    middle = (width - 1) / 2, (height - 1) / 2
    scales = 1 + of * (np.arange(len(stack)) - len(stack) // 2)
    turns = [cv2.getRotationMatrix2D(middle, 0, scale) for scale in scales]
    warp = partial(cv2.warpAffine, dsize=(width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.stack([np.asarray(warp(frame, turn), np.uint8) for frame, turn in zip(stack, turns, strict=True)])


@pytest.fixture(scope="module")
def still() -> NDArray[np.uint8]:
    return blurred_stack(3, FRAMES, 240, 320)


@pytest.mark.parametrize("input_position", [0, 4, None])
def test_a_prediction_is_aligned_with_photos_with_focus_breathing(
    still: NDArray[np.uint8], input_position: int | None
) -> None:
    photos = breathing(still)
    truth = align_truth(photos)
    framed = breathing(still[[input_position or 0] * FRAMES])[input_position or 0]
    as_input = np.stack([breathing(still[[index] * FRAMES])[input_position or 0] for index in range(FRAMES)])
    assert as_input.shape == photos.shape
    assert framed.shape == photos.shape[1:]
    laid = align_predicted(as_input, truth, input_position)
    assert laid.shape == truth.frames.shape
    before = min(psnr_db(ours, theirs) for ours, theirs in zip(as_input, photos, strict=True))
    after = min(psnr_db(ours, theirs) for ours, theirs in zip(laid, truth.frames, strict=True))
    assert after > max(29, before + 5)


def test_a_smaller_prediction_is_enlarged_to_the_photos(still: NDArray[np.uint8]) -> None:
    truth = align_truth(breathing(still, 0.0))
    small = np.stack([cv2.resize(frame, (240, 180), interpolation=cv2.INTER_AREA) for frame in still])
    soft = np.stack([cv2.GaussianBlur(frame, (0, 0), 1.0) for frame in truth.frames])
    laid = align_predicted(small, truth, 2)
    assert laid.shape == truth.frames.shape
    assert psnr_db(laid[2], soft[2]) > 24  # half a pixel aside would be 18


@pytest.mark.parametrize(("order", "turned"), [("near-first", False), ("far-first", True)])
def test_the_truth_begins_with_the_nearest_focus(still: NDArray[np.uint8], order: str, turned: bool) -> None:
    truth = align_truth(still, order)
    assert truth.far_first is turned
    assert (truth.photos == (still[::-1] if turned else still)).all()


def test_another_scene_is_refused(still: NDArray[np.uint8]) -> None:
    with pytest.raises(BadInput, match="cannot be aligned with the photos of the truth"):
        align_predicted(blurred_stack(8, FRAMES, 240, 320), align_truth(still), None)
