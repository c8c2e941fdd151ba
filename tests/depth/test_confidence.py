import numpy as np

from refocus.core import Disparity, Origin
from refocus.depth.confidence import aligned_share, format_confidence, with_confidence

MASK = np.zeros((256, 256), bool)
MASK[80:180, 80:180] = True
PHOTO = np.where(MASK[..., None], (200, 60, 40), (60, 110, 160)).astype(np.uint8)


def confidence(values: np.ndarray, origin: Origin) -> float:
    disparity = Disparity(values.astype(np.float32), metric=False, source="", origin=origin)
    found = with_confidence(disparity, PHOTO).confidence
    return float("nan") if found is None else found


def test_outlines_off_the_photo_s_edges_cost_confidence() -> None:
    assert aligned_share(MASK.astype(np.float32), PHOTO) == 1
    off = np.roll(MASK, 20, axis=(0, 1))
    assert aligned_share(off.astype(np.float32), PHOTO) < 0.3
    assert confidence(MASK, "model") > confidence(off, "model") + 0.2


def test_better_sources_are_surer() -> None:
    assert confidence(MASK, "model") > confidence(MASK, "recorded") > confidence(MASK, "built-in")


def test_a_map_of_the_user_has_no_confidence() -> None:
    assert np.isnan(confidence(MASK, "given"))
    assert format_confidence(Disparity(MASK.astype(np.float32), metric=False, source="")) == ""


def test_confidence_in_words() -> None:
    sure = Disparity(MASK.astype(np.float32), metric=False, source="", confidence=0.9)
    guess = Disparity(MASK.astype(np.float32), metric=False, source="", confidence=0.2)
    assert format_confidence(sure) == "sure (0.90 of 1)"
    assert format_confidence(guess) == "a guess (0.20 of 1)"
