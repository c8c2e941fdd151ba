"""FID, the Fréchet Inception Distance of two sets of pictures (Heusel et al. 2017)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from refocus.core import EngineNotReady, WeightsMissing

if TYPE_CHECKING:
    from torch import nn

FeatureExtractor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From a (height, width, 3) uint8 sRGB picture to its (features,) float32 vector."""

INCEPTION_FILE = "pt_inception-2015-12-05-6726825d.pth"
INCEPTION_PAGE = "https://github.com/toshas/torch-fidelity/releases"
MIN_PICTURES = 2
_FEATURES = "2048"


def frechet_distance(predicted: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """The Fréchet distance of the normal distributions fitted to two sets of features.

    The trace of the square root of the product of both covariances equals the sum of the singular values of the product
    of both centred sets. This needs no (features, features) matrix, so it is exact and much faster for few pictures.

    Args:
        predicted, truth: (pictures, features), at least two pictures each.
    """
    sets = [features.astype(np.float64) for features in (predicted, truth)]
    means = [features.mean(axis=0) for features in sets]
    roots = [_root(features - mean) for features, mean in zip(sets, means, strict=True)]
    spread = sum(float((root**2).sum()) for root in roots)
    shared = float(np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum())
    return float(((means[0] - means[1]) ** 2).sum()) + spread - 2.0 * shared


def _root(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R with at most `features` rows, where R^T R is the covariance."""
    scaled = centred / np.sqrt(len(centred) - 1)
    return np.asarray(np.linalg.qr(scaled, mode="r")) if scaled.shape[0] > scaled.shape[1] else scaled


class Features:
    """Feature extractor around a network from (pictures, 3, height, width) uint8 to (pictures, features).

    Args:
        network: for instance the Inception of torchmetrics.
        device: where to compute.
    """

    def __init__(self, network: "nn.Module", device: str = "cpu") -> None:
        self._network = network.eval().to(device)
        self._device = device

    @classmethod
    def inception(cls, file: Path, device: str = "cpu") -> "Features":
        """The Inception network of the published FID, from torchmetrics and torch-fidelity.

        Raises:
            EngineNotReady: when a package is missing or does not import.
            WeightsMissing: when the file cannot be read.
        """
        try:
            from torchmetrics.image.fid import NoTrainInceptionV3

            network = NoTrainInceptionV3("inception-v3-compat", [_FEATURES], str(file))
        except (ImportError, AttributeError) as error:
            raise EngineNotReady(
                f"FID cannot be measured: torch-fidelity does not import ({error}).",
                todo="Run: pip install -r refocus/evaluate/requirements.txt, or leave FID out.",
            ) from error
        except (OSError, RuntimeError, KeyError) as error:
            raise WeightsMissing(
                f"{file} does not hold the Inception of FID: {error}.",
                todo=f"Download {INCEPTION_FILE} again from {INCEPTION_PAGE}, or leave FID out.",
            ) from error
        return cls(network, device)

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].to(self._device)
        with torch.inference_mode():
            return np.asarray(self._network(pixels)[0].float().cpu().numpy(), np.float32)
