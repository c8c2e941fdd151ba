"""Losses of the built-in depth network, all invariant to the scale and offset of the prediction."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

_TRIM = 0.1  # share of the worst pixels that the dense loss leaves out
_GRADIENT_WEIGHT = 0.5
_SHARPNESS = 3.0  # of the ranking: a difference of one mean absolute deviation counts as clear
_TOLERATED_SPREAD = 0.02  # of the picture's range, mean absolute deviation within a subject
_WANTED_GAP = 0.3  # of the picture's range, from a subject to what is behind it


def normalised(values: Tensor, known: Tensor) -> Tensor:
    """Subtract the median and divide by the mean absolute deviation from it (arXiv 1907.01341, eq. 5).

    Args:
        values: (height, width).
        known: (height, width) bool; where the statistics are taken.
    """
    chosen = values[known]
    median = chosen.median()
    return (values - median) / (chosen - median).abs().mean().clamp_min(1e-3)


def dense_loss(prediction: Tensor, disparity: Tensor) -> Tensor:
    """Trimmed absolute error and multi-scale gradients after normalising both (arXiv 1907.01341, eq. 7 and 11).

    Args:
        prediction: (pictures, rows, columns).
        disparity: (pictures, height, width); 0 where it is unknown.
    """
    size = disparity.shape[-2:]
    enlarged = functional.interpolate(prediction[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]
    known = disparity > 0
    errors = []
    for guess, truth, mask in zip(enlarged, disparity, known, strict=True):
        errors.append((normalised(guess, mask) - normalised(truth, mask)) * mask)
    loss = prediction.new_zeros(())
    for error, mask in zip(errors, known, strict=True):
        absolute = error[mask].abs()
        loss = loss + absolute[absolute <= torch.quantile(absolute.detach(), 1 - _TRIM)].mean() / len(errors)
    error = torch.stack(errors)
    for step in (1, 2, 4, 8):
        part, mask = error[:, ::step, ::step], known[:, ::step, ::step]
        across = (part[:, :, 1:] - part[:, :, :-1]).abs() * (mask[:, :, 1:] & mask[:, :, :-1])
        down = (part[:, 1:] - part[:, :-1]).abs() * (mask[:, 1:] & mask[:, :-1])
        loss = loss + _GRADIENT_WEIGHT * (across.sum() + down.sum()) / mask.sum()
    return loss


def order_loss(prediction: Tensor, points: Sequence[Tensor], ranks: Sequence[Tensor], *, trim: float = 0.0) -> Tensor:
    """Pairwise logistic ranking of ordered points (arXiv 1604.03901, eq. 2), on normalised predictions.

    Args:
        prediction: (pictures, rows, columns).
        points: of each picture, (points, 2), x and y in [0, 1].
        ranks: of each picture, (points,); smaller is nearer.
        trim: share of the pairs with the largest loss that is left out as mislabelled.
    """
    losses, weights = [], []
    for values, place, rank in zip(prediction, points, ranks, strict=True):
        everywhere = torch.ones_like(values, dtype=torch.bool)
        scaled = normalised(values, everywhere)
        at_points = functional.grid_sample(scaled[None, None], place[None, :, None] * 2 - 1, align_corners=False)[
            0, 0, :, 0
        ]
        nearer = (rank[None] - rank[:, None]) > 0
        pairs = functional.softplus(-_SHARPNESS * (at_points[:, None] - at_points[None])[nearer]) / _SHARPNESS
        losses.append(pairs)
        weights.append(torch.full_like(pairs, 1 / max(len(pairs), 1)))
    loss, weight = torch.cat(losses), torch.cat(weights)
    if trim:
        kept = loss <= torch.quantile(loss.detach(), 1 - trim)
        loss, weight = loss[kept], weight[kept]
    return 2 * (loss * weight).sum() / weight.sum()


def outline_loss(prediction: Tensor, outlines: Sequence[Tensor]) -> Tensor:
    """Subjects that stand at one distance: little spread inside, and what surrounds their upper part is farther.

    Args:
        prediction: (pictures, rows, columns).
        outlines: of each picture, (subjects, rows, columns) bool.
    """
    terms = []
    for values, masks in zip(prediction, outlines, strict=True):
        if not len(masks):
            continue
        span = (torch.quantile(values, 0.95) - torch.quantile(values, 0.05)).detach().clamp_min(1e-3)
        union = masks.any(dim=0)
        for mask in masks:
            inside = values[mask]
            median = inside.median()
            spread = (inside - median).abs().mean() / span
            terms.append(4 * functional.relu(spread - _TOLERATED_SPREAD))
            around = _upper_ring(mask) & ~union
            if around.sum() > 20:
                behind = torch.quantile(values[around], 0.3)
                terms.append(functional.relu(_WANTED_GAP - (median - behind) / span))
    return torch.stack(terms).mean() if terms else prediction.new_zeros(())


def _upper_ring(mask: Tensor) -> Tensor:
    """Positions beside the upper 60 % of a subject: there the ground it stands on is not in the way."""
    size = mask.shape[-1]
    near, far = (2 * round(share * size / 2) + 1 for share in (0.04, 0.2))
    grown = [functional.max_pool2d(mask[None, None].float(), k, 1, k // 2)[0, 0] > 0 for k in (near, far)]
    rows = torch.nonzero(mask.any(dim=1))[:, 0]
    top, bottom = int(rows[0]), int(rows[-1])
    ring = grown[1] & ~grown[0]
    ring[int(top + 0.6 * (bottom - top)) :] = False
    return ring


def edge_loss(prediction: Tensor, images: Tensor) -> Tensor:
    """Changes of disparity where the picture has no edge (arXiv 1609.03677, eq. 6), on normalised predictions.

    Args:
        prediction: (pictures, rows, columns).
        images: (pictures, 3, height, width), as the network takes them.
    """
    picture = functional.interpolate(images, size=prediction.shape[-2:], mode="area")
    centred = prediction - prediction.mean(dim=(1, 2), keepdim=True)
    scaled = centred / centred.abs().mean(dim=(1, 2), keepdim=True).clamp_min(1e-3)

    def along(dim: int) -> Tensor:
        change = scaled.diff(dim=dim - 1).abs()
        contrast = picture.diff(dim=dim).abs().mean(dim=1)
        return (change * torch.exp(-8 * contrast)).mean()

    return along(2) + along(3)
