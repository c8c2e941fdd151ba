"""Numbers of a validation picture: PSNR, SSIM, and LPIPS when its weights are here."""

from pathlib import Path
from typing import Self

import numpy as np
from accelerate import Accelerator
from numpy.typing import NDArray

from refocus.core import EngineNotReady
from refocus.evaluate.metrics import Measure
from refocus.evaluate.networks import load_metrics
from refocus.training.loop.run_config import LoopConfig
from refocus.training.loop.run_log import say

_ALWAYS, _WITH_WEIGHTS = ("psnr", "ssim"), ("psnr", "ssim", "lpips")


class PictureNumbers:
    """Compares predicted pictures with true ones.

    Args:
        measures: by name.
        left_out: why LPIPS is not among them; "" when it is.
    """

    def __init__(self, measures: dict[str, Measure], left_out: str = "") -> None:
        self._measures, self.left_out = measures, left_out

    @classmethod
    def here(cls, models: Path | None, device: str | None = None) -> Self:
        """What can be measured here, without a download.

        Args:
            models: folder of weights, beside the cache of the hub.
            device: for LPIPS; by default the CPU.
        """
        try:
            return cls(load_metrics(_WITH_WEIGHTS, models=models, device=device).measures)
        except EngineNotReady as error:
            return cls(load_metrics(_ALWAYS).measures, error.message)

    @classmethod
    def of_run(cls, models: Path | None, config: LoopConfig, accelerator: Accelerator) -> Self:
        """As `here`, on a run's device; the first process says what is left out, when anything is validated."""
        numbers = cls.here(models, str(accelerator.device))
        if numbers.left_out and accelerator.is_main_process and config.validate_every:
            say(numbers.left_out)
        return numbers

    def measure(self, predicted_srgb: NDArray[np.uint8], truth_srgb: NDArray[np.uint8]) -> dict[str, float]:
        """The numbers of two pictures, (height, width, 3) uint8 sRGB."""
        return {name: measure(predicted_srgb, truth_srgb) for name, measure in self._measures.items()}
