"""All choices of the training of the restoration network."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """Numbers of a training.

    Attributes:
        layered, rendered: crops of composed scenes and of photographs blurred by our renderer.
        batch, crop_px: pictures of a step and their side.
        rate, last_rate: of AdamW; falls as a cosine between the two.
        second_moment: decay of the mean squared gradients of AdamW; with the usual 0.999 the training diverged.
        warm_steps: over which the rate rises first.
        tolerance: differences (sRGB in [0, 1]) below about this count by their square, larger ones by their size.
        gradient_weight: of the differences of neighbouring pixels in the loss.
        average: decay of the averaged weights.
        side_unknown, side_wrong: shares of the crops for which the network is not told, or told wrongly, which side of
            the focus is which.
    """

    seed: int = 0
    layered: int = 3000
    rendered: int = 1000
    steps: int = 7000
    batch: int = 8
    crop_px: int = 160
    rate: float = 6e-4
    last_rate: float = 1e-5
    second_moment: float = 0.98
    warm_steps: int = 300
    weight_decay: float = 1e-4
    clip_norm: float = 0.1
    tolerance: float = 0.02
    gradient_weight: float = 0.5
    average: float = 0.998
    side_unknown: float = 0.4
    side_wrong: float = 0.05
    estimator_epochs: int = 12

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        share = min(step / max(1, self.steps), 1.0)
        decayed = self.last_rate + (self.rate - self.last_rate) * 0.5 * (1 + math.cos(math.pi * share))
        return decayed * min(1.0, (step + 1) / self.warm_steps)
