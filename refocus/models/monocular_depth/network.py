"""Disparity by Depth Anything V2 (arXiv 2406.09414) or Depth Pro (arXiv 2410.02073), through transformers."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.models.monocular_depth.checkpoint import DEPTH_PRO_CLASS, PREPROCESSOR_CONFIG, DepthFolder
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
        self._preprocessor_config = read_json(folder.path / PREPROCESSOR_CONFIG)

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
            pixels = self._pixel_values(photo_srgb)
            output = self._model(pixel_values=pixels.to(self._model.device, self._model.dtype))
            values = output.predicted_depth[0].float().cpu().numpy()
        if self._folder.class_name == DEPTH_PRO_CLASS:
            fov = getattr(output, "field_of_view", None)
            return _depth_pro(values, None if fov is None else float(fov[0]), photo_srgb.shape[:2], focal_length_35mm)
        if self._folder.metric:
            return Prediction((1 / np.maximum(values, _MIN_DISTANCE_M)).astype(np.float32), metric=True)
        return Prediction(np.asarray(values, np.float32), metric=False)

    def _pixel_values(self, photo_srgb: NDArray[np.uint8]) -> "torch.Tensor":
        """The network's input, (1, 3, rows, columns) float32, by its preprocessor_config.json."""
        import torch
        from transformers import DPTImageProcessorPil

        config = self._preprocessor_config
        if self._folder.class_name != DEPTH_PRO_CLASS:
            processor = DPTImageProcessorPil(**config)
            return processor(photo_srgb, return_tensors="pt", input_data_format="channels_last").pixel_values
        # transformers' processor of Depth Pro needs torchvision: it normalizes, then resizes without antialiasing.
        mean, std = (np.asarray(config[name], np.float32) for name in ("image_mean", "image_std"))
        scaled = (photo_srgb.astype(np.float32) / 255 - mean) / std
        planes = torch.from_numpy(scaled.transpose(2, 0, 1).copy())[None]
        size = config["size"]["height"], config["size"]["width"]
        return torch.nn.functional.interpolate(planes, size, mode="bilinear", align_corners=False)


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
