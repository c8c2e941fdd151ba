"""Surfaces of one distance, alone in their slice: blurred once, at their very own CoC, not between two slices."""

import torch

_FINE_BINS = 16
"""A surface is flat when it lies within two neighbouring ones of so many parts of a slice."""


def settle_flat_surfaces(*places: torch.Tensor) -> dict[int, float]:
    """Move flat surfaces that have a slice and its neighbours for themselves onto that slice.

    Args:
        places: (height, width) fractional slice numbers, changed in place; infinite where there is nothing, but
            finite everywhere in the first.

    Returns:
        The slices with one flat surface alone, and the place where that really is.
    """
    finite = [place.where(place.isfinite(), places[0]) for place in places]
    lowest = int(min(float(place.amin()) for place in finite) // 1)
    highest = int(max(float(place.amax()) for place in finite) // 1)
    bins = (highest - lowest + 1) * _FINE_BINS
    counts = torch.zeros(bins, dtype=torch.long, device=places[0].device)
    for place in places:
        fine = (place.sub(lowest).mul_(_FINE_BINS)).clamp_max_(bins).to(torch.int32)
        counts += torch.bincount(fine.view(-1), minlength=bins + 1)[:bins]
    lit = (counts > 0).view(-1, _FINE_BINS).cpu()
    any_lit = [False, *lit.any(dim=1).tolist(), False]
    alone: dict[int, float] = {}
    for index, row in enumerate(lit.tolist()):
        taken = [fine for fine, is_lit in enumerate(row) if is_lit]
        if taken and taken[-1] - taken[0] <= 1 and not any_lit[index] and not any_lit[index + 2]:
            number = lowest + index
            own = [(place >= number) & (place < number + 1) for place in places]
            alone[number] = float(torch.cat([place[here] for place, here in zip(places, own, strict=True)]).mean())
            for place, here in zip(places, own, strict=True):
                place.masked_fill_(here, float(number))
    return alone
