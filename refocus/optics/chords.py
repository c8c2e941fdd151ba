"""Filling behind an object along straight chords: what enters on one side and leaves alike on the other goes through.

Plain averaging lets the nearest pixels win, and so cuts off every line, frame or horizon that passes behind an
object. A chord whose two ends look alike says more than the nearest pixel.
"""

import torch
from torch.nn.functional import interpolate, pad

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
_LIKENESS = 0.1
"""Difference of two ends, in the square root of light, at which a chord's weight has fallen to 0.6."""
_PLAIN_WEIGHT = 0.1
"""Weight of a plain filling beside that of a chord as long as the reach, with equal ends."""
_CHORD_MAX = 4
"""Longest end of a chord, in reaches."""
_STRIDE_AFTER = 12
"""Steps grow by one pixel every so many: far ends need not be hit exactly."""


def fill_along_chords(
    far: torch.Tensor,
    plain_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    *,
    jump: float,
    reach_px: int,
    fine_reach_px: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Fill pixels from both ends of straight chords through them.

    Args:
        far: (channels, height, width): the square root of the light, and disparity last.
        plain_disparity: (height, width) of a plain filling; chords between other surfaces than that do not count.
        limit: (height, width) only pixels farther than this may fill a pixel.
        known: (height, width) bool, pixels that can be trusted.
        where: (height, width) bool, pixels to be filled.
        jump: ends whose disparity differs from the plain one's by this count little.
        reach_px: length scale; chords much longer than this count little.
        fine_reach_px: reaches longer than this are walked on a coarser grid, so that the cost does not grow with
            the blur.

    Returns:
        (channels, height, width) filled values and (height, width) how far to trust them in [0, 1]; 0 elsewhere.
    """
    stride = max(1, reach_px // fine_reach_px)
    coarse = (slice(None, None, stride), slice(None, None, stride))
    filled, trust = _fill(
        far[(slice(None), *coarse)],
        plain_disparity[coarse],
        limit[coarse],
        known[coarse],
        where[coarse],
        jump,
        reach_px // stride,
    )
    if stride == 1:
        return filled, trust
    both = torch.cat([filled * trust, trust[None]])[None]
    size = [(n - 1) * stride + 1 for n in trust.shape]
    both = interpolate(both, size=size, mode="bilinear", align_corners=True)
    missing = [limit.shape[1] - size[1], limit.shape[0] - size[0]]
    both = pad(both, [0, missing[0], 0, missing[1]], mode="replicate")[0]
    return both[:-1] / both[-1:].clamp_min(1e-6), both[-1] * where


def _fill(
    far: torch.Tensor,
    plain_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    jump: float,
    reach_px: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    rows, columns = torch.nonzero(where, as_tuple=True)
    own_limit = limit[rows, columns]
    plain = plain_disparity[rows, columns]
    total = far.new_zeros(far.shape[0], rows.numel())
    weights = far.new_zeros(rows.numel())
    steps = _CHORD_MAX * reach_px
    for down, right in _DIRECTIONS:
        length = (down * down + right * right) ** 0.5
        ends = [
            _march(far[-1], known, own_limit, rows, columns, sign * down, sign * right, int(steps / length))
            for sign in (1, -1)
        ]
        (r1, c1, n1), (r2, c2, n2) = ends
        first, second = far[:, r1, c1], far[:, r2, c2]
        chord = (n1 + n2) * length / reach_px
        unlike = ((first[:3] - second[:3]) ** 2).mean(0) / (2 * _LIKENESS**2)
        unlike += sum(((end[-1] - plain) / jump) ** 2 for end in (first, second))
        weight = torch.exp(-unlike) / chord**2
        weight = torch.where((n1 > 0) & (n2 > 0), weight, 0.0)
        total += weight * (first * n2 + second * n1) / (n1 + n2).clamp_min(1)
        weights += weight
    filled, trust = torch.zeros_like(far), torch.zeros_like(limit)
    filled[:, rows, columns] = total / weights.clamp_min(1e-9)
    trust[rows, columns] = weights / (weights + _PLAIN_WEIGHT)
    return filled, trust


def _march(
    disparity: torch.Tensor,
    known: torch.Tensor,
    limit: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    down: int,
    right: int,
    steps: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Walk from each pixel until a known, farther one; its row, column and the steps taken (0: none found)."""
    height, width = disparity.shape
    flat_disparity = torch.where(known, disparity, torch.inf).reshape(-1)
    found_row, found_column = torch.zeros_like(rows), torch.zeros_like(columns)
    taken = torch.zeros_like(rows)
    active = torch.arange(rows.numel(), device=rows.device)
    step = 0
    while step < steps and active.numel() > 0:
        step += 1 + step // _STRIDE_AFTER
        r, c = rows[active] + step * down, columns[active] + step * right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        place = torch.where(inside, r * width + c, 0)
        hit = inside & (flat_disparity[place] < limit[active])
        done = active[hit]
        found_row[done], found_column[done], taken[done] = r[hit], c[hit], step
        active = active[inside & ~hit]
    return found_row, found_column, taken
