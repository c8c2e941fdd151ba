"""Blur surfaces by their circle of confusion and lay them over each other."""

from collections.abc import Callable

import torch

from refocus.optics.surfaces import Surfaces

Blur = Callable[[torch.Tensor, float], torch.Tensor]


def compose(surfaces: Surfaces, focus: float, slope: float, step_px: float, gap_px: float, blur: Blur) -> torch.Tensor:
    """Render one focus.

    Args:
        surfaces: of the scene.
        focus: disparity in focus.
        slope: CoC pixels per disparity.
        step_px: CoC step between slices.
        gap_px: slices nearer by more than this hide what lies behind them.
        blur: (planes, signed CoC) to blurred planes.

    Returns:
        (3, height, width) linear light.
    """
    front_coc = (surfaces.front_disparity - focus) * slope
    hidden_coc = (surfaces.hidden_disparity - focus) * slope
    front_slice = (front_coc / step_px).round()
    hidden_slice = (hidden_coc / step_px).round()
    seen = front_slice.unique().tolist()
    light = torch.zeros_like(surfaces.front[:3])
    weight = torch.zeros_like(surfaces.front[:1])
    recent: list[tuple[float, torch.Tensor]] = []
    covered = torch.zeros_like(weight)
    for index in sorted(seen, reverse=True):
        in_front = front_slice == index
        in_hidden = (hidden_slice == index) & (surfaces.hidden[3] > 0)
        planes = surfaces.front * in_front + surfaces.hidden * in_hidden
        both = in_front.sum() + in_hidden.sum()
        coc = float(((front_coc * in_front).sum() + (hidden_coc * in_hidden).sum()) / both)
        blurred = blur(planes, coc)
        while recent and recent[0][0] - coc > gap_px:
            covered = covered + recent.pop(0)[1]
        visible = (1.0 - covered).clamp_min(0.0)
        light += visible * blurred[:3]
        weight += visible * blurred[3:]
        recent.append((coc, blurred[3:]))
    return light / weight.clamp_min(1e-4)
