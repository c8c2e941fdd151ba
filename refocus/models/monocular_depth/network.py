"""Disparity by Depth Anything V2 (arXiv 2406.09414) or Depth Pro (arXiv 2410.02073), through transformers."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.models.monocular_depth.checkpoint import DEPTH_PRO_CLASS, PREPROCESSOR_CONFIG, DepthFolder
from refocus.models.monocular_depth.preprocessing import Preprocessor
from refocus.models.weights.components import load_model, read_json

if TYPE_CHECKING:
    import torch

_MIN_DISTANCE_M = 0.02
_DIOPTERS = (1e-4, 50.0)  # range of Depth Pro's predictions: 10 km to 2 cm
_FULL_FRAME_MM = 36.0


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Prediction of a depth network.

    Attributes:
        disparity: (rows, columns) float32 at the network's own size; diopters when `metric`, else of any scale.
        metric: whether it is in diopters.
        focal_length_35mm: estimated focal length on a 36 mm wide sensor; None when the network has no estimate.
    """

    disparity: NDArray[np.float32]
    metric: bool
    focal_length_35mm: float | None = None


class DepthNetwork:
    """A loaded network. It must not run in several threads at once.

    Args:
        folder: from which it was loaded.
        model: of transformers.
    """

    def __init__(self, folder: DepthFolder, model: Any) -> None:
        self._folder = folder
        self._model = model
        self._preprocessor = Preprocessor.from_config(read_json(folder.path / PREPROCESSOR_CONFIG))

    @classmethod
    def load(cls, folder: DepthFolder, *, device: "torch.device", dtype: "torch.dtype") -> "DepthNetwork":
        """Load a network from its folder, without requests to the hub.

        Raises:
            WeightsMissing: when weights are missing, or have other shapes than the model.
        """
        from transformers import AutoModelForDepthEstimation

        model = load_model(AutoModelForDepthEstimation, folder.path, dtype=dtype)
        return cls(folder, model.to(device))

    def predict(self, photo_srgb: NDArray[np.uint8], *, focal_length_35mm: float | None = None) -> Prediction:
        """Predict the disparity of a photo.

        Args:
            photo_srgb: (height, width, 3) uint8 sRGB.
            focal_length_35mm: of the photo's lens when it is known; Depth Pro then does not use its own estimate.
        """
        import torch

        with torch.inference_mode():
            pixels = self._preprocessor.tensor(photo_srgb).to(self._model.device, self._model.dtype)
            output = self._model(pixel_values=pixels)
            values = output.predicted_depth[0].float().cpu().numpy()
        if self._folder.class_name == DEPTH_PRO_CLASS:
            fov = getattr(output, "field_of_view", None)
            return _depth_pro(values, None if fov is None else float(fov[0]), photo_srgb.shape[:2], focal_length_35mm)
        if self._folder.metric:
            return Prediction((1 / np.maximum(values, _MIN_DISTANCE_M)).astype(np.float32), metric=True)
        return Prediction(np.asarray(values, np.float32), metric=False)


def _depth_pro(
    canonical: NDArray[np.float32],
    fov_deg: float | None,
    size: tuple[int, int],
    focal_length_35mm: float | None,
) -> Prediction:
    """Diopters from Depth Pro's canonical inverse depth: times width over focal length, both in pixels (its eq. 2).

    The focal length is the photo's own when it is known, else the network's estimate: `fov_deg` across the width.
    """
    height, width = size
    focal_px = _focal_px(fov_deg, width, max(height, width), focal_length_35mm)
    diopters = np.clip(canonical * (width / (focal_px or width)), *_DIOPTERS).astype(np.float32)
    if focal_px is None:
        return Prediction(diopters, metric=False)
    return Prediction(diopters, metric=True, focal_length_35mm=focal_px / max(height, width) * _FULL_FRAME_MM)


def _focal_px(fov_deg: float | None, width: int, long_side: int, focal_length_35mm: float | None) -> float | None:
    if focal_length_35mm is not None:
        return focal_length_35mm / _FULL_FRAME_MM * long_side
    if fov_deg is not None and 1 < fov_deg < 179:
        return 0.5 * width / math.tan(math.radians(fov_deg) / 2)
    return None
