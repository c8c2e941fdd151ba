"""PSNR, SSIM and VIF of two pictures, as torchmetrics computes them, and the table of all metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Picture = NDArray[np.uint8]
Measure = Callable[[Picture, Picture], float]
"""Called as measure(predicted, truth), both (height, width, 3) uint8 sRGB of one size."""

VIF_MIN_SIDE_PX = 41


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the evaluation protocols (`refocus.evaluate.protocols`).

    Attributes:
        name: on the command line and in files.
        title: for display.
        better: whether higher or lower values are better.
        decimals: for display.
    """

    name: str
    title: str
    better: Literal["higher", "lower"]
    decimals: int


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("psnr", "PSNR (dB)", "higher", 2),
        Metric("ssim", "SSIM", "higher", 3),
        Metric("lpips", "LPIPS (VGG)", "lower", 3),
        Metric("fid", "FID", "lower", 1),
        Metric("vif", "VIF", "higher", 3),
        Metric("lpips_alex", "LPIPS (AlexNet)", "lower", 3),
        Metric("dists", "DISTS", "lower", 3),
        Metric("clip_i", "CLIP-I", "higher", 3),
        Metric("clip_iqa", "CLIP-IQA", "higher", 3),
        Metric("maniqa", "MANIQA", "higher", 3),
        Metric("musiq", "MUSIQ", "higher", 2),
        Metric("lvcorr", "LVCorr", "higher", 3),
    )
}


def psnr_db(predicted: Picture, truth: Picture) -> float:
    """Peak signal-to-noise ratio in dB, over all pixels and channels of sRGB; infinite for equal pictures."""
    from torchmetrics.functional.image import peak_signal_noise_ratio

    return float(peak_signal_noise_ratio(_unit(predicted), _unit(truth), data_range=1.0))


def ssim(predicted: Picture, truth: Picture) -> float:
    """Structural similarity (Wang et al. 2004): Gaussian window of 1.5 px, mean of the three sRGB channels.

    The border of 5 px is padded by reflection; the original and scikit-image leave it out.
    """
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    value = structural_similarity_index_measure(_unit(predicted), _unit(truth), data_range=1.0)
    return float(value if isinstance(value, torch.Tensor) else value[0])


def vif(predicted: Picture, truth: Picture) -> float:
    """Visual information fidelity in the pixel domain (Sheikh and Bovik 2006), mean of the three sRGB channels.

    The noise variance of 2 is for values in [0, 255], so the pictures are not scaled to [0, 1]. Both sides must have at
    least 41 px. A value above 1 means that the prediction has more contrast than the truth.
    """
    from torchmetrics.functional.image import visual_information_fidelity

    return float(visual_information_fidelity(tensor_255(predicted), tensor_255(truth)))


def vif_unit(predicted: Picture, truth: Picture) -> float:
    """As `vif`, as the evaluation of Learning to Refocus calls it: on [0, 1], with the arguments (truth, model)."""
    from torchmetrics.functional.image import visual_information_fidelity

    return float(visual_information_fidelity(_unit(truth), _unit(predicted)))


NETWORK_FREE_MEASURES: dict[str, Measure] = {"psnr": psnr_db, "ssim": ssim, "vif": vif}
"""The measures that need no trained network."""


def tensor_255(picture: Picture) -> "Tensor":
    """(1, 3, height, width) float32 in [0, 255]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).float()[None]


def _unit(picture: Picture) -> "Tensor":
    return tensor_255(picture) / 255.0
