"""Composite blurred slices, nearest first, hiding what lies behind others.

A blurred object hides a blurred background from some points of the lens and not from others, and each point of the
lens sees another part of the background. So a pixel does not show the background's mean light times its mean
visibility but the mean of their product over the lens, which differs by their covariance. Both are modelled as linear
over the lens: then the covariance is the sum of the products of their first moments.
"""

from collections import deque

import torch

from refocus.optics.render.filters import enlarge, resized, sum_filter
from refocus.optics.render.layers import Layers
from refocus.optics.render.quality import FocusedLens
from refocus.optics.render.slices import Slice, blurred_slices


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


_VISIBLE_LIGHT_MIN = 1e-5
"""Far below the first step above black of 8-bit sRGB, 3e-4."""
_SIDE_LOBE_TAPS = 2
"""Reach of the cubic kernel's negative lobes, in pixels of its grid."""


def compose(layers: Layers, lens: FocusedLens) -> torch.Tensor:
    """Render one focus: (3, height, width) linear light. See `compose_with_lamps`."""
    light, lamps = compose_with_lamps(layers, lens)
    return light if lamps is None else light.add_(lamps)


def compose_with_lamps(
    layers: Layers, lens: FocusedLens, lamp_weight: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Render one focus, with the light above white as a separate picture.

    The blurred coverages of the slices of one unbroken surface add up to 1. Where they add up to more, surfaces
    overlap, and exactly the excess is removed from what lies behind, in proportion to how much nearer slices cover
    it. So a steep surface does not darken itself, whatever the thickness of slices.

    Args:
        layers: of the scene; height and width are multiples of the block size.
        lens: what to focus on, and how.
        lamp_weight: (height, width) factor of the light of lamps, by pixel.

    Returns:
        (3, height, width) linear light; and the light of lamps to be added to it, None when there is none.
    """
    moments_scale = lens.scale.moments_scale
    canvas = _Canvas(layers.front, Correlation(layers.front, moments_scale) if moments_scale else None)
    nearer: deque[Slice] = deque()
    for part in blurred_slices(layers, lens, lamp_weight):
        while nearer and nearer[0].coc_px - part.coc_px > lens.scale.gap(part.coc_px):
            canvas.cover(nearer.popleft())
        canvas.use_scale(part.scale)
        canvas.add(part)
        nearer.append(part)
    return canvas.finish()


class _Canvas:
    """Sums slices, nearest first: all of their light, and the part of it that nearer slices could hide.

    Consecutive slices of one resolution (a run) are summed on their own grid and enlarged together.
    """

    def __init__(self, like: torch.Tensor, correlation: Correlation | None) -> None:
        self._correlation = correlation
        self._total = torch.zeros_like(like)
        self._hideable = torch.zeros_like(like)
        self._covered = torch.zeros_like(like[:1])
        self._lamps: torch.Tensor | None = None
        self._hideable_lamps: torch.Tensor | None = None
        self._covers = self._run_covers = False
        self._coarsest = 1
        self._start_run(1)

    def _start_run(self, scale: int) -> None:
        self._scale, self._covers, self._run_covers = scale, self._covers or self._run_covers, False
        if scale == 1:
            self._run_total, self._run_hideable, self._run_covered = self._total, self._hideable, self._covered
            self._run_covers = self._covers
            return
        planes, height, width = self._total.shape
        self._run_total = self._total.new_zeros(planes, height // scale, width // scale)
        self._run_hideable = torch.zeros_like(self._run_total)
        self._run_covered = torch.zeros_like(self._run_total[:1])

    def use_scale(self, scale: int) -> None:
        """Set the grid of the slices that follow."""
        if scale == self._scale:
            return
        self._coarsest = max(self._coarsest, scale)
        if self._scale > 1:
            covered = self._covered.clamp(0.0, 1.0) if self._covers else None
            for index in range(self._total.shape[0]):  # plane by plane to save memory
                self._merge_run(slice(index, index + 1), covered)
            if self._run_covers:
                self._covered += enlarge(self._run_covered, self._scale)
        self._start_run(scale)

    def _merge_run(self, planes: slice, covered: torch.Tensor | None) -> None:
        """Add planes of this run to those of earlier ones, whose coverage is `covered`."""
        total = enlarge(self._run_total[planes], self._scale)
        self._total[planes] += total
        # Coverages of earlier runs and of this one add up, until all is covered.
        hideable = None if covered is None else total * covered
        if self._run_covers:
            own = enlarge(self._run_hideable[planes], self._scale)
            self._hideable[planes] += own
            if hideable is not None:
                hideable = torch.minimum(hideable, total.sub_(own), out=hideable)
        if hideable is not None:
            self._hideable[planes] += hideable

    def cover(self, hider: Slice) -> None:
        """Let a slice hide what is added from now on."""
        alpha = resized(hider.light[3:], hider.scale, self._scale)
        self._run_covered[(slice(None), *hider.region(self._scale))] += alpha
        self._run_covers = True
        if self._correlation is not None:
            self._correlation.cover(hider)

    def add(self, part: Slice) -> None:
        """Add a slice behind the earlier ones."""
        here = (slice(None), *part.region(self._scale))
        self._run_total[here] += part.light
        if self._run_covers:
            self._run_hideable[here].addcmul_(self._run_covered[here].clamp(0.0, 1.0).expand_as(part.light), part.light)
        if self._correlation is not None:
            self._correlation.add(part)
        if part.lamps is not None:
            self._add_lamps(part, part.lamps)

    def _add_lamps(self, part: Slice, lamps: torch.Tensor) -> None:
        if self._lamps is None or self._hideable_lamps is None:
            self._lamps, self._hideable_lamps = torch.zeros_like(self._total[:3]), torch.zeros_like(self._total[:3])
        covered = enlarge(self._run_covered[(slice(None), *part.region(self._scale))], self._scale)
        here = (slice(None), *part.region(1))
        if self._scale > 1:
            covered = covered + self._covered[here]
        hideable = covered.clamp(0.0, 1.0) * lamps
        covariance = None if self._correlation is None else self._correlation.of_lamps(part)
        if covariance is not None:
            hideable = torch.minimum(hideable.add_(covariance).clamp_min_(0.0), lamps)
        self._lamps[here] += lamps
        self._hideable_lamps[here] += hideable

    def finish(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The composite: (3, height, width), and the lamps to be added to it."""
        self.use_scale(1)
        seen, lamps = self._total, self._lamps
        remove_negative_light(seen[:3], self._coarsest)
        if self._run_covers:
            if self._correlation is not None:
                self._correlation.add_to(self._hideable)
                torch.minimum(self._hideable.clamp_min_(0.0), seen, out=self._hideable)
            excess = (seen[3] - 1.0).clamp_min_(0.0)
            share = excess.div_(self._hideable[3].clamp_min(1e-6)).clamp_max_(1.0)
            seen.addcmul_(self._hideable, share.expand_as(seen), value=-1.0)
            if lamps is not None and self._hideable_lamps is not None:
                lamps.addcmul_(self._hideable_lamps, share.expand_as(lamps), value=-1.0)
        alpha = seen[3].clamp_min_(1e-4)
        return seen[:3].div_(alpha).clamp_min_(0.0), None if lamps is None else lamps.div_(alpha).clamp_min_(0.0)


def remove_negative_light(light: torch.Tensor, scale: int) -> torch.Tensor:
    """Remove the ringing of kernels with negative lobes in place, keeping the energy.

    What is below 0 is subtracted from the light around it; clipping alone would make a dot on black up to 8 %
    brighter.

    Args:
        light: (planes, height, width), sums of blurred slices.
        scale: coarsest grid scale at which a slice was blurred.
    """
    if float(light.amin()) > -_VISIBLE_LIGHT_MIN:
        return light.clamp_min_(0.0)
    size = 2 * _SIDE_LOBE_TAPS * scale + 1
    for plane in light:
        below = plane.clamp_max(0.0)
        plane.clamp_min_(0.0)
        # Each pixel below 0 takes from its neighbours in proportion to their light.
        taken = below.div_(sum_filter(plane, size).clamp_min_(1e-9)).clamp_min_(-1.0)
        plane.mul_(sum_filter(taken, size).add_(1.0).clamp_min_(0.0))
    return light
