"""Windows by OpenCV and by torch answer the same."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from refocus.optics.render.filters import _pooled_sum, maximum_filter, minimum_filter, sum_filter


@pytest.mark.parametrize("size", [1, 3, 9])
def test_windows_at_any_place(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(17, 23)).astype(np.float32))
    direct = minimum_filter(values, size), maximum_filter(values, size)
    monkeypatch.setattr("refocus.optics.render.filters._DIRECT_MAX_PX", 0)
    half = size // 2
    for row, column in ((0, 0), (8, 11), (16, 22)):
        window = values[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1]
        assert direct[0][row, column] == window.min()
        assert direct[1][row, column] == window.max()
    assert torch.equal(minimum_filter(values, size), direct[0])
    assert torch.equal(maximum_filter(values, size), direct[1])


@pytest.mark.parametrize("size", [1, 5, 17])
@pytest.mark.parametrize("summed", [sum_filter, _pooled_sum])
def test_sums_take_nothing_from_outside(size: int, summed: Callable[[torch.Tensor, int], torch.Tensor]) -> None:
    values = torch.from_numpy(np.random.default_rng(0).random((30, 40), np.float32))
    sums, half = summed(values, size), size // 2
    assert float(sums[0, 0]) == pytest.approx(float(values[: half + 1, : half + 1].sum()), rel=1e-5)
    middle = values[15 - half : 16 + half, 20 - half : 21 + half]
    assert float(sums[15, 20]) == pytest.approx(float(middle.sum()), rel=1e-5)
