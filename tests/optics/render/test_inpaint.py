"""Filling from around: known values stay, unknown ones get what is near, and nothing comes from beyond reach."""

import torch

from refocus.optics.render.filters import enlarge
from refocus.optics.render.inpaint import inpaint_halved, sample_halved


def _half_known(size: int = 32) -> torch.Tensor:
    """Value 0.2 known in the left columns, 0.8 in the right ones, nothing between."""
    planes = torch.zeros(2, size, size)
    planes[:, :, :4] = torch.tensor([0.2, 1.0])[:, None, None]
    planes[:, :, -4:] = torch.tensor([0.8, 1.0])[:, None, None]
    return planes


def test_known_stays_and_the_gap_goes_from_one_side_to_the_other() -> None:
    filled = inpaint_halved(_half_known(), 6)
    values, weight = filled[0] / filled[1], filled[1]
    torch.testing.assert_close(values[:, :4], torch.full((32, 4), 0.2))
    torch.testing.assert_close(values[:, -4:], torch.full((32, 4), 0.8))
    assert (weight > 0.1).all()
    assert (values.diff(dim=1) > -1e-6).all()


def test_nothing_comes_from_beyond_reach() -> None:
    weight = inpaint_halved(_half_known(), 3)[1]
    assert (weight[:, 4:8] > 0.0).any()
    assert (weight[:, 14:18] == 0.0).all()


def test_odd_sizes_are_filled() -> None:
    planes = torch.zeros(2, 13, 21)
    planes[:, 5, 7] = torch.tensor([0.3, 1.0])
    filled = inpaint_halved(planes, 8)
    torch.testing.assert_close(filled[0] / filled[1], torch.full((13, 21), 0.3))


def test_looking_up_equals_enlarging() -> None:
    planes = torch.rand(3, 6, 9, generator=torch.Generator().manual_seed(0))
    rows, columns = (n.reshape(-1) for n in torch.meshgrid(torch.arange(12), torch.arange(18), indexing="ij"))
    found = sample_halved(planes, rows, columns).view(3, 12, 18)
    torch.testing.assert_close(found, enlarge(planes, 2))
