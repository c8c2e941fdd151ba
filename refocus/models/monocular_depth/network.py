"""Depth Anything V2 (arXiv 2406.09414) and Depth Pro (arXiv 2410.02073) through transformers: a photo to disparity."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import WeightsMissing
from refocus.models.monocular_depth.folders import DEPTH_PRO_CLASS, DepthFolder
from refocus.models.monocular_depth.preparation import Preparation
from refocus.models.monocular_depth.settings import PREPARATION
from refocus.models.weights import read_json

if TYPE_CHECKING:
    import torch

_LEAST_DISTANCE_M = 0.02
_DIOPTERS = (1e-4, 50.0)  # what Depth Pro's answer is limited to: 10 km to 2 cm
_FULL_FRAME_MM = 36.0


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a network saw.

    Attributes:
        disparity: (rows, columns) float32 at the network's own size; diopters when `metric`, else of any scale.
        metric: whether it is.
        focal_length_35mm: the lens it thinks the photo was taken with, as on a 36 mm wide sensor; None when it
            does not tell.
    """

    disparity: NDArray[np.float32]
    metric: bool
    focal_length_35mm: float | None = None


class DepthNetwork:
    """A loaded network; not to be used by two threads at once.

    Args:
        folder: what it was loaded from.
        model: transformers' model.
    """

    def __init__(self, folder: DepthFolder, model: Any) -> None:
        self._folder = folder
        self._model = model
        self._preparation = Preparation.of(read_json(folder.path / PREPARATION))

    @classmethod
    def load(cls, folder: DepthFolder, *, device: "torch.device", dtype: "torch.dtype") -> "DepthNetwork":
        """Load a network from its folder; nothing is asked of the hub.

        Raises:
            WeightsMissing: when the weights lack a tensor of the model, or have one in another shape.
        """
        from transformers import AutoModelForDepthEstimation

        try:
            model, said = AutoModelForDepthEstimation.from_pretrained(
                folder.path, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise WeightsMissing(
                f"The depth model in {folder.path} cannot be loaded: {error}.", todo="Download it again."
            ) from error
        lacking = sorted([*said["missing_keys"], *(str(key) for key in said.get("mismatched_keys", ()))])
        if lacking:
            raise WeightsMissing(
                f"The weights in {folder.path} lack {len(lacking)} tensors of their model, such as {lacking[0]}.",
                todo="Download them again.",
            )
        return cls(folder, model.to(device).eval())

    def predict(self, photo_srgb: NDArray[np.uint8], *, focal_length_35mm: float | None = None) -> Prediction:
        """See how near each part of a photo is.

        Args:
            photo_srgb: (height, width, 3) uint8 sRGB.
            focal_length_35mm: of the lens when the photo tells it; Depth Pro then need not guess.
        """
        import torch

        with torch.inference_mode():
            pixels = self._preparation.tensor(photo_srgb).to(self._model.device, self._model.dtype)
            seen = self._model(pixel_values=pixels)
            values = seen.predicted_depth[0].float().cpu().numpy()
        if self._folder.class_name == DEPTH_PRO_CLASS:
            fov = getattr(seen, "field_of_view", None)
            return _depth_pro(values, None if fov is None else float(fov[0]), photo_srgb.shape[:2], focal_length_35mm)
        if self._folder.metric:
            return Prediction((1 / np.maximum(values, _LEAST_DISTANCE_M)).astype(np.float32), metric=True)
        return Prediction(np.asarray(values, np.float32), metric=False)


def _depth_pro(
    canonical: NDArray[np.float32],
    fov_deg: float | None,
    size: tuple[int, int],
    focal_length_35mm: float | None,
) -> Prediction:
    """Diopters from Depth Pro's canonical inverse depth: times width over focal length, both in pixels (its eq. 2).

    The lens is the photo's own when known, else the one the network saw: `fov_deg` across the photo's width.
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
