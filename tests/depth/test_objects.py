"""Merging superpixels into things."""

import numpy as np

from refocus.depth.objects import merge_order, object_mean, object_size
from refocus.depth.superpixels import cut_regions
from tests.depth.scenes import square_before_wall


def test_merging_ends_in_one_segment() -> None:
    regions = cut_regions(square_before_wall()[0])
    merges = merge_order(regions)
    assert len(merges) == regions.count - 1
    assert len(np.unique(merges)) == merges.size


def test_each_segment_has_one_value() -> None:
    photo, mask = square_before_wall()
    regions = cut_regions(photo)
    truth = regions.mean(mask.astype(np.float64))
    noisy = truth + np.random.default_rng(2).normal(0, 0.3, regions.count)
    means = object_mean(regions, noisy, merge_order(regions))[regions.labels]
    assert abs(means[mask].mean() - 1) < 0.1
    assert abs(means[~mask].mean()) < 0.1
    assert means[mask].std() < 0.15


def test_the_mean_over_segments_keeps_the_mean_of_the_photo() -> None:
    regions = cut_regions(square_before_wall()[0])
    values = np.random.default_rng(3).normal(0, 1, regions.count)
    means = object_mean(regions, values, merge_order(regions))
    assert np.isclose(np.average(means, weights=regions.size_px), np.average(values, weights=regions.size_px))


def test_a_large_segment_has_a_larger_size() -> None:
    photo = np.full((240, 240, 3), (150, 155, 160), np.uint8)
    photo[30:170, 30:170] = (200, 40, 30)
    photo[200:224, 200:224] = (30, 60, 200)
    regions = cut_regions(photo)
    size = object_size(regions, merge_order(regions))
    assert 0 <= size.min() <= size.max() <= 1
    size = size[regions.labels]
    assert size[60:140, 60:140].mean() > size[204:220, 204:220].mean() + 0.2
