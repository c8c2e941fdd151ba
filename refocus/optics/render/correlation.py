"""How what hides and what is hidden go together over the lens.

A blurred object hides a blurred background for some points of the lens and not for others, and each point of the
lens sees another part of the background. So a pixel does not show the background's mean light times the mean
visibility, but the mean of their product over the lens, which differs by their covariance. Here both are taken to
change linearly over the lens: then the covariance is the sum of the products of their first moments.
"""

import torch

from refocus.optics.render.pyramid import enlarge, resized
from refocus.optics.render.slices import Slice


class Correlation:
    """Sums the covariance of slices with what covers them, on a coarse grid.

    Args:
        like: (4, height, width) planes at full size.
        scale: the grid is coarser by this.
    """

    def __init__(self, like: torch.Tensor, scale: int) -> None:
        height, width = like.shape[1:]
        self._scale = scale
        self._covered = like.new_zeros(1, height // scale, width // scale)
        self._leaning = like.new_zeros(2, height // scale, width // scale)
        self._leans = False
        self._covariance: torch.Tensor | None = None

    def cover(self, hider: Slice) -> None:
        """From now on a slice covers what is laid down."""
        here = (slice(None), *hider.place(self._scale))
        self._covered[here] += resized(hider.light[3:], hider.scale, self._scale)
        if hider.moments is not None:
            self._leaning[here] += hider.moments[:, 3]
            self._leans = True

    def lay(self, part: Slice) -> None:
        """Add a slice behind those laid before."""
        if part.moments is None:
            return
        leaning = self._leaning_over(part)
        if leaning is None:
            return
        if self._covariance is None:
            self._covariance = self._leaning.new_zeros(4, *self._leaning.shape[1:])
        here = self._covariance[(slice(None), *part.place(self._scale))]
        for side, moment in zip(leaning, part.moments, strict=True):
            here.addcmul_(side.expand_as(moment), moment)

    def add_to(self, hideable: torch.Tensor) -> None:
        """Add the covariance to (4, height, width) what could be hidden, in place."""
        if self._covariance is not None:
            for planes, covariance in zip(hideable.split(1), self._covariance.split(1), strict=True):
                planes += enlarge(covariance, self._scale)

    def of_lamps(self, part: Slice) -> torch.Tensor | None:
        """The covariance of a slice's lamps with what covers them: (3, height, width) of the slice; None for none."""
        if part.lamp_moments is None:
            return None
        leaning = self._leaning_over(part)
        if leaning is None:
            return None
        return (enlarge(leaning, self._scale)[:, None] * part.lamp_moments).sum(0)

    def _leaning_over(self, part: Slice) -> torch.Tensor | None:
        """How coverage leans over the lens, (2, height, width) of the slice on the grid; None when it does not."""
        if not self._leans:
            return None
        here = (slice(None), *part.place(self._scale))
        covered, leaning = self._covered[here].clamp(0.0, 1.0), self._leaning[here]
        # Something covers or does not, so that its variance over the lens is known: no moment exceeds its root.
        variance = leaning[:1] ** 2
        variance.addcmul_(leaning[1:], leaning[1:]).clamp_min_(1e-9)
        return leaning * covered.addcmul_(covered, covered, value=-1.0).div_(variance).sqrt_().clamp_max_(1.0)
