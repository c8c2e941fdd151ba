"""Lay blurred slices over each other, and hide what lies behind others."""

from collections import deque

import torch

from refocus.optics.lens.aperture import KernelCaster
from refocus.optics.render.correlation import Correlation
from refocus.optics.render.layers import Surfaces
from refocus.optics.render.pyramid import enlarge, resized
from refocus.optics.render.ringing import without_negative_light
from refocus.optics.render.slice_scale import Slicing
from refocus.optics.render.slices import Slice, blurred_slices


def compose(
    surfaces: Surfaces, focus_disparity: float, coc_px_per_disparity: float, slicing: Slicing, caster: KernelCaster
) -> torch.Tensor:
    """Render one focus: (3, height, width) linear light. Arguments as in `compose_apart`."""
    light, lamps = compose_apart(surfaces, focus_disparity, coc_px_per_disparity, slicing, caster)
    return light if lamps is None else light.add_(lamps)


def compose_apart(
    surfaces: Surfaces,
    focus_disparity: float,
    coc_px_per_disparity: float,
    slicing: Slicing,
    caster: KernelCaster,
    lamp_weight: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Render one focus, and apart from it what is brighter than white.

    Blurred coverages of the slices of one unbroken surface add up to 1. Where they add up to more, surfaces
    overlap, and exactly the excess is taken away again from what lies behind, in proportion to how much nearer
    slices cover it. So a steep surface does not darken itself, whatever the slices' thickness.

    Args:
        surfaces: of the scene; height and width are multiples of the slices' blocks.
        focus_disparity: disparity in focus.
        coc_px_per_disparity: signed blur diameter per unit of disparity.
        slicing: how finely to cut.
        caster: casts the aperture's kernels.
        lamp_weight: (height, width) by which lamps are dimmed where they stand.

    Returns:
        (3, height, width) linear light; and the light of lamps that comes on top of it, None when there is none.
    """
    canvas = _Canvas(
        surfaces.front, Correlation(surfaces.front, slicing.moments_scale) if slicing.moments_scale else None
    )
    nearer: deque[Slice] = deque()
    for part in blurred_slices(surfaces, focus_disparity, coc_px_per_disparity, slicing, caster, lamp_weight):
        while nearer and nearer[0].coc_px - part.coc_px > slicing.gap(part.coc_px):
            canvas.cover(nearer.popleft())
        canvas.use_scale(part.scale)
        canvas.lay(part)
        nearer.append(part)
    return canvas.finish()


class _Canvas:
    """Sums slices, nearest first: all of their light, and the part of it that nearer slices could hide.

    Neighbouring slices of one scale are summed on their own grid and enlarged together.
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
        self._start(1)

    def _start(self, scale: int) -> None:
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
        """Go on with slices of a scale."""
        if scale == self._scale:
            return
        self._coarsest = max(self._coarsest, scale)
        if self._scale > 1:
            covered = self._covered.clamp(0.0, 1.0) if self._covers else None
            for index in range(self._total.shape[0]):  # one by one, so that little memory is taken at once
                self._merge_run(slice(index, index + 1), covered)
            if self._run_covers:
                self._covered += enlarge(self._run_covered, self._scale)
        self._start(scale)

    def _merge_run(self, planes: slice, covered: torch.Tensor | None) -> None:
        """Add planes of this scale to those of the earlier ones, which cover as `covered` says."""
        total = enlarge(self._run_total[planes], self._scale)
        self._total[planes] += total
        # Coverages add up, also those of an earlier scale to those of this one, until all is covered.
        hideable = None if covered is None else total * covered
        if self._run_covers:
            own = enlarge(self._run_hideable[planes], self._scale)
            self._hideable[planes] += own
            if hideable is not None:
                hideable = torch.minimum(hideable, total.sub_(own), out=hideable)
        if hideable is not None:
            self._hideable[planes] += hideable

    def cover(self, hider: Slice) -> None:
        """From now on a slice hides what is laid down."""
        alpha = resized(hider.light[3:], hider.scale, self._scale)
        self._run_covered[(slice(None), *hider.place(self._scale))] += alpha
        self._run_covers = True
        if self._correlation is not None:
            self._correlation.cover(hider)

    def lay(self, part: Slice) -> None:
        """Add a slice behind those laid before."""
        here = (slice(None), *part.place(self._scale))
        self._run_total[here] += part.light
        if self._run_covers:
            self._run_hideable[here].addcmul_(self._run_covered[here].clamp(0.0, 1.0).expand_as(part.light), part.light)
        if self._correlation is not None:
            self._correlation.lay(part)
        if part.lamps is not None:
            self._lay_lamps(part, part.lamps)

    def _lay_lamps(self, part: Slice, lamps: torch.Tensor) -> None:
        if self._lamps is None or self._hideable_lamps is None:
            self._lamps, self._hideable_lamps = torch.zeros_like(self._total[:3]), torch.zeros_like(self._total[:3])
        covered = enlarge(self._run_covered[(slice(None), *part.place(self._scale))], self._scale)
        here = (slice(None), *part.place(1))
        if self._scale > 1:
            covered = covered + self._covered[here]
        hideable = covered.clamp(0.0, 1.0) * lamps
        covariance = None if self._correlation is None else self._correlation.of_lamps(part)
        if covariance is not None:
            hideable = torch.minimum(hideable.add_(covariance).clamp_min_(0.0), lamps)
        self._lamps[here] += lamps
        self._hideable_lamps[here] += hideable

    def finish(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """What is seen of everything laid down: (3, height, width), and the lamps on top of it."""
        self.use_scale(1)
        seen, lamps = self._total, self._lamps
        without_negative_light(seen[:3], self._coarsest)
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
