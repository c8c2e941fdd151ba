import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio as skimage_psnr
from skimage.metrics import structural_similarity as skimage_ssim
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
    visual_information_fidelity,
)

from refocus.evaluate.metrics import psnr_db, ssim, vif
from tests.evaluate.pictures import textured

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
TOLERANCE = 1e-4


@pytest.fixture(params=[0, 1])
def pair(request: pytest.FixtureRequest) -> Pair:
    truth = textured(request.param)
    noise = np.random.default_rng(9).normal(0, 12, truth.shape)
    return np.clip(truth + noise, 0, 255).astype(np.uint8), truth


def tensors(pair: Pair) -> list[torch.Tensor]:
    return [torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() for picture in pair]


def test_psnr_equals_that_of_both_libraries(pair: Pair) -> None:
    predicted, truth = tensors(pair)
    ours = psnr_db(*pair)
    assert ours == pytest.approx(float(peak_signal_noise_ratio(predicted, truth, data_range=255.0)), abs=TOLERANCE)
    assert ours == pytest.approx(skimage_psnr(pair[1], pair[0]), abs=TOLERANCE)


def test_ssim_equals_that_of_torchmetrics(pair: Pair) -> None:
    predicted, truth = tensors(pair)
    theirs = structural_similarity_index_measure(predicted, truth, data_range=255.0)
    assert isinstance(theirs, torch.Tensor)
    assert ssim(*pair) == pytest.approx(float(theirs), abs=TOLERANCE)


def test_ssim_equals_that_of_scikit_image_inside_the_border(pair: Pair) -> None:
    """scikit-image leaves out the outermost 5 px, torchmetrics does not: so those are made equal, which counts 1."""
    predicted, truth = pair
    predicted = predicted.copy()
    framed = np.ones(truth.shape[:2], bool)
    framed[10:-10, 10:-10] = False
    predicted[framed] = truth[framed]
    inner = skimage_ssim(
        predicted, truth, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    height, width = truth.shape[:2]
    share = (height - 10) * (width - 10) / (height * width)
    assert ssim(predicted, truth) == pytest.approx(inner * share + 1 - share, abs=TOLERANCE)
    assert inner < 0.99


def test_vif_equals_that_of_torchmetrics_on_values_of_0_to_255(pair: Pair) -> None:
    predicted, truth = tensors(pair)
    assert vif(*pair) == pytest.approx(float(visual_information_fidelity(predicted, truth)), abs=TOLERANCE)


def test_metrics_of_equal_and_worse_pictures(pair: Pair) -> None:
    noisy, truth = pair
    assert psnr_db(truth, truth) == np.inf
    assert ssim(truth, truth) == pytest.approx(1)
    assert vif(truth, truth) == pytest.approx(1)
    blurrier = (noisy // 2 + 60).astype(np.uint8)
    for measure in (psnr_db, ssim, vif):
        assert measure(blurrier, truth) < measure(noisy, truth) < measure(truth, truth)
