"""Superpixels, their graph, and the two ways of carrying values over it."""

import numpy as np
import pytest

from refocus.depth.superpixels import Regions, cut_regions, path_cost, spread
from tests.depth.scenes import square_before_wall


@pytest.fixture
def regions() -> Regions:
    return cut_regions(square_before_wall()[0])


def test_superpixels_tile_the_photo_and_follow_its_edges(regions: Regions) -> None:
    _, mask = square_before_wall()
    assert regions.size_px.sum() == mask.size
    assert regions.labels.max() + 1 == regions.count
    share = regions.mean(mask.astype(np.float64))
    assert np.minimum(share, 1 - share).mean() < 0.02


def test_the_mean_of_a_constant_is_that_constant(regions: Regions) -> None:
    assert np.allclose(regions.mean(np.full(regions.labels.shape, 3.5)), 3.5)


def test_pairs_are_ordered_unique_and_connect_everything(regions: Regions) -> None:
    first, second = regions.pairs.T
    assert (first < second).all()
    assert len(np.unique(regions.pairs, axis=0)) == len(regions.pairs)
    assert np.isfinite(path_cost(regions, np.array([0]), np.ones(len(first)))).all()


def test_path_cost_counts_steps(regions: Regions) -> None:
    cost = path_cost(regions, np.array([0]), np.ones(len(regions.pairs)))
    neighbours = [b if a == 0 else a for a, b in regions.pairs.tolist() if 0 in (a, b)]
    assert cost[0] == 0
    assert (cost[neighbours] == 1).all()
    assert (np.abs(cost[regions.pairs[:, 0]] - cost[regions.pairs[:, 1]]) <= 1).all()


def test_spread_keeps_what_is_trusted_and_stays_within_its_range(regions: Regions) -> None:
    values, trust = np.zeros(regions.count), np.zeros(regions.count)
    values[5], trust[[0, 5]] = 1.0, 1e6
    result = spread(regions, values, trust, np.ones(len(regions.pairs)))
    assert result[[0, 5]] == pytest.approx([0, 1], abs=1e-3)
    assert result.min() >= -1e-6
    assert result.max() <= 1 + 1e-6
