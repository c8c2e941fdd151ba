"""Windows by OpenCV and by torch answer the same."""

import numpy as np
import pytest
import torch

from refocus.optics.windows import largest_around, smallest_around


@pytest.mark.parametrize("size", [1, 3, 9])
def test_windows_at_any_place(size, monkeypatch):
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(17, 23)).astype(np.float32))
    direct = smallest_around(values, size), largest_around(values, size)
    monkeypatch.setattr("refocus.optics.windows._DIRECT_MAX_PX", 0)
    half = size // 2
    for row, column in ((0, 0), (8, 11), (16, 22)):
        window = values[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1]
        assert direct[0][row, column] == window.min()
        assert direct[1][row, column] == window.max()
    assert torch.equal(smallest_around(values, size), direct[0])
    assert torch.equal(largest_around(values, size), direct[1])
