"""Correlation over the lens between what hides and what is hidden.

A blurred object hides a blurred background from some points of the lens and not from others, and each point of the
lens sees another part of the background. So a pixel does not show the background's mean light times its mean
visibility but the mean of their product over the lens, which differs by their covariance. Both are modelled as linear
over the lens: then the covariance is the sum of the products of their first moments.
"""

import torch

from refocus.optics.render.pyramid import enlarge, resized
from refocus.optics.render.slices import Slice


class Correlation:
    """Sums the covariance of slices with what covers them, on a coarse grid.

    Args:
        like: (4, height, width) planes at full resolution.
        scale: the grid is coarser by this.
    """

    def __init__(self, like: torch.Tensor, scale: int) -> None:
        height, width = like.shape[1:]
        self._scale = scale
        self._covered = like.new_zeros(1, height // scale, width // scale)
        self._moments = like.new_zeros(2, height // scale, width // scale)
        self._has_moments = False
        self._covariance: torch.Tensor | None = None

    def cover(self, hider: Slice) -> None:
        """Let a slice cover what is added from now on."""
        here = (slice(None), *hider.region(self._scale))
        self._covered[here] += resized(hider.light[3:], hider.scale, self._scale)
        if hider.moments is not None:
            self._moments[here] += hider.moments[:, 3]
            self._has_moments = True

    def add(self, part: Slice) -> None:
        """Add a slice behind the earlier ones."""
        if part.moments is None:
            return
        coverage = self._coverage_moments(part)
        if coverage is None:
            return
        if self._covariance is None:
            self._covariance = self._moments.new_zeros(4, *self._moments.shape[1:])
        here = self._covariance[(slice(None), *part.region(self._scale))]
        for side, moment in zip(coverage, part.moments, strict=True):
            here.addcmul_(side.expand_as(moment), moment)

    def add_to(self, hideable: torch.Tensor) -> None:
        """Add the covariance to what could be hidden, (4, height, width), in place."""
        if self._covariance is not None:
            for planes, covariance in zip(hideable.split(1), self._covariance.split(1), strict=True):
                planes += enlarge(covariance, self._scale)

    def of_lamps(self, part: Slice) -> torch.Tensor | None:
        """Covariance of a slice's lamps with what covers them: (3, height, width) of the slice; None for none."""
        if part.lamp_moments is None:
            return None
        coverage = self._coverage_moments(part)
        if coverage is None:
            return None
        return (enlarge(coverage, self._scale)[:, None] * part.lamp_moments).sum(0)

    def _coverage_moments(self, part: Slice) -> torch.Tensor | None:
        """First moments of the coverage over the lens: (2, height, width) of the slice on the grid; None for none."""
        if not self._has_moments:
            return None
        here = (slice(None), *part.region(self._scale))
        covered, moments = self._covered[here].clamp(0.0, 1.0), self._moments[here]
        # Coverage is 0 or 1 at each point of the lens, so its variance is known: no moment exceeds the deviation.
        variance = moments[:1] ** 2
        variance.addcmul_(moments[1:], moments[1:]).clamp_min_(1e-9)
        return moments * covered.addcmul_(covered, covered, value=-1.0).div_(variance).sqrt_().clamp_max_(1.0)
