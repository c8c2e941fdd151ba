import numpy as np
import pytest

from refocus.core import BadInput, Disparity
from refocus.depth import fit_disparity


def step_map(height: int, width: int) -> Disparity:
    values = np.zeros((height, width), np.float32)
    values[:, width // 2 :] = 1
    return Disparity(values, metric=True, source="made by hand")


@pytest.mark.parametrize("size", [(30, 40), (120, 160), (60, 80)])
def test_a_step_stays_a_step_at_any_size(size: tuple[int, int]) -> None:
    fitted = fit_disparity(step_map(60, 80), size)
    assert fitted.values.shape == size
    assert set(np.unique(fitted.values)) == {0.0, 1.0}
    assert fitted.values.mean() == pytest.approx(0.5, abs=0.02)


def test_what_the_values_mean_is_kept() -> None:
    fitted = fit_disparity(step_map(60, 80), (30, 40))
    assert fitted.metric
    assert fitted.source == "made by hand"


def test_other_proportions_are_refused() -> None:
    with pytest.raises(BadInput, match="80x60 px and the photo 60x80 px"):
        fit_disparity(step_map(60, 80), (80, 60))
