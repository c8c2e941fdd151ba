import numpy as np
import pytest

from refocus.core import BadInput, Disparity
from refocus.subjects import marked_region, mask_within

SIZE = (60, 80)
RAMP = Disparity(np.repeat(np.linspace(1, 0, 80, dtype=np.float32)[None], 60, 0), metric=False, source="a ramp")


def test_a_mask_of_the_photo_s_proportions_is_fitted_by_nearest_neighbour() -> None:
    mask = np.zeros((120, 160), np.uint8)
    mask[40:80, 20:60] = 1  # any value above 0 counts
    region = marked_region(mask, SIZE)
    assert region.box == (10, 20, 30, 40)
    assert region.median_disparity(RAMP) == pytest.approx(float(np.median(RAMP.values[0, 10:30])))


def test_a_line_encloses_a_mask() -> None:
    mask = mask_within([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)], SIZE)
    assert mask.mean() == pytest.approx(0.25, abs=0.02)
    assert mask[30, 40]
    with pytest.raises(BadInput, match="encloses nothing"):
        mask_within([(0.1, 0.1), (0.2, 0.2)], SIZE)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((60, 80)), "The mask is empty"),
        (np.ones((60, 60)), "The mask is 60x60 px and the photo 80x60 px"),
        (np.ones((60, 80, 3)), "rows, columns"),
        (np.array([["a"]]), "rows, columns"),
    ],
)
def test_what_is_no_mask_is_refused_in_one_sentence(mask: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        marked_region(mask, SIZE)
    assert caught.value.todo
