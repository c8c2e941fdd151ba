"""The histogram names every cell that holds a disparity, and no cell that holds only others."""

import numpy as np
import pytest
import torch

from refocus.optics.render.slice_boxes import CELL_PX, DisparityHistogram, cell_indices, grid_size

SIZE = (100, 130)


def _histogram(disparity: torch.Tensor) -> DisparityHistogram:
    return DisparityHistogram.of(disparity.view(-1), cell_indices(SIZE, disparity.device).view(-1), grid_size(SIZE))


def _cells(here: torch.Tensor) -> np.ndarray:
    rows, columns = grid_size(SIZE)
    wide = torch.zeros(rows * CELL_PX, columns * CELL_PX, dtype=torch.bool)
    wide[: SIZE[0], : SIZE[1]] = here
    return wide.view(rows, CELL_PX, columns, CELL_PX).any(dim=3).any(dim=1).numpy()


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.4), (0.5, 0.5001), (-1.0, 0.1), (0.9, 3.0)])
def test_cells_between_hold_all_that_have_it_and_none_far_from_it(low: float, high: float) -> None:
    disparity = torch.rand(SIZE, generator=torch.Generator().manual_seed(0)) ** 8
    found = _histogram(disparity).cells_between(low, high)
    assert (found >= _cells((disparity >= low) & (disparity <= high))).all()
    assert (found <= _cells((disparity >= low - 0.003) & (disparity <= high + 0.003))).all()


def test_a_few_distances_are_counted_exactly() -> None:
    disparity = torch.full(SIZE, 0.25)
    disparity[:10] = 1.5
    histogram = _histogram(disparity)
    np.testing.assert_allclose(histogram.disparities, [0.25, 1.5], atol=1e-9)
    assert histogram.pixels.tolist() == [90 * 130, 10 * 130]
    assert not histogram.cells_between(0.3, 1.4).any()
    assert histogram.cells_between(1.5, 1.5)[0].all()
    assert not histogram.cells_between(1.5, 1.5)[1:].any()


def test_one_distance_alone_is_counted_exactly() -> None:
    assert _histogram(torch.full(SIZE, 0.3)).disparities.tolist() == [float(torch.tensor(0.3))]
