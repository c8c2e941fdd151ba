"""Coarser grids: shrinking and enlarging as torch does it, and kernels that make up for what that takes away."""

import cv2
import numpy as np
import torch
from torch.nn.functional import avg_pool2d, interpolate

from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.optics.render.filters import convolve, enlarge, sharpened, shrink

PLANES = torch.rand(3, 32, 48, generator=torch.Generator().manual_seed(2))


def test_shrinking_and_enlarging_are_the_same_on_every_device() -> None:
    torch.testing.assert_close(shrink(PLANES, 4), avg_pool2d(PLANES[None], 4)[0])
    larger = interpolate(PLANES[None], scale_factor=2.0, mode="bilinear", align_corners=False)[0]
    torch.testing.assert_close(enlarge(PLANES, 2), larger)


def test_sharpened_kernel_keeps_energy() -> None:
    kernel = BlurKernels(Aperture()).kernel(10.0)
    assert abs(sharpened(kernel).sum() - 1.0) < 1e-4


def test_blur_on_a_coarse_grid_is_nearly_the_blur_on_the_fine_one() -> None:
    light = cv2.resize(np.random.default_rng(3).random((40, 40)).astype(np.float32), (160, 160))
    planes, kernels = torch.from_numpy(light)[None], BlurKernels(Aperture())
    fine = convolve(planes, kernels.kernel(20.0))
    plain, better = (
        enlarge(convolve(shrink(planes, 2), kernel), 2)
        for kernel in (kernels.kernel(10.0), sharpened(kernels.kernel(10.0)))
    )
    errors = [float((blurred - fine)[0, 30:-30, 30:-30].abs().mean()) for blurred in (plain, better)]
    assert errors[1] < 0.6 * errors[0]
    assert errors[1] < 1e-3
