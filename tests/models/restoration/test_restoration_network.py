"""The restoration network: shapes, what it is given, and the size of its weights."""

from importlib.resources import files

import numpy as np
import pytest
import torch

from refocus.models.restoration.restoration_network import STRIDE, RestorationNetwork, coc_channels
from refocus.models.restoration.trained_restoration import WEIGHTS, predict_missing_detail, trained_restoration


def test_it_begins_with_nothing_missing() -> None:
    photo = torch.rand(2, 3, 2 * STRIDE, 3 * STRIDE, generator=torch.Generator().manual_seed(0))
    missing = RestorationNetwork()(photo, torch.zeros(2, 2, STRIDE // 2, 3 * STRIDE // 4))
    assert missing.shape == photo.shape
    assert (missing == 0).all()


def test_coc_by_hand() -> None:
    channels = coc_channels(torch.tensor([[[np.e - 1, 0.0]]]), torch.tensor([[[-1.0, 1.0]]]))
    assert channels.flatten().tolist() == pytest.approx([1, 0, -1, 0])


def test_blur_and_side_change_the_prediction() -> None:
    random = np.random.default_rng(0)
    photo = random.random((48, 64, 3), np.float32)
    cells = np.zeros((12, 16), np.float32)
    plain, blurred, nearer = (predict_missing_detail(photo, cells + blur, cells + side)
                              for blur, side in ((0, 0), (6, 0), (6, 1)))  # fmt: skip
    assert plain.shape == photo.shape
    assert np.abs(blurred - plain).max() > 1e-3
    assert np.abs(nearer - blurred).max() > 1e-4


def test_size_of_the_weights() -> None:
    assert 1e6 <= sum(parameter.numel() for parameter in trained_restoration().parameters()) <= 3e6
    assert len(files("refocus.models.restoration").joinpath(WEIGHTS).read_bytes()) <= 6e6
