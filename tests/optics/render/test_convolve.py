"""All ways to convolve agree."""

import numpy as np
import pytest
import torch
from torch.nn.functional import pad

from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.optics.render.filters import _convolve_by_fft, _convolve_directly, convolve

PLANES = torch.rand(2, 45, 61, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("diameter", [0.5, 6.0, 13.7, 20.0])
@pytest.mark.parametrize("name", ["circle", "heart"])
@pytest.mark.parametrize("margins", [(0, 0, 0, 0), (16, 16, 32, 32), (0, 3, 16, 1)])
def test_direct_filters_equal_the_fft(name: str, diameter: float, margins: tuple[int, int, int, int]) -> None:
    kernel = BlurKernels(Aperture.named(name)).kernel(diameter)
    directly, by_fft = (way(PLANES, kernel, margins) for way in (_convolve_directly, _convolve_by_fft))
    torch.testing.assert_close(directly, by_fft, atol=2e-5, rtol=0)


@pytest.mark.parametrize("diameter", [0.0, 6.0, 20.0])
def test_margins_show_what_a_wider_dark_picture_would(diameter: float) -> None:
    kernel = BlurKernels(Aperture()).kernel(diameter)
    margins = 16, 3, 0, 20
    torch.testing.assert_close(
        convolve(PLANES, kernel, margins), convolve(pad(PLANES, margins), kernel), atol=2e-6, rtol=0
    )


@pytest.mark.parametrize("size", [9, 17])
def test_a_kernel_is_cast_as_it_is_not_mirrored(size: int) -> None:
    planes, kernel = torch.zeros(1, 31, 31), np.zeros((size, size), np.float32)
    planes[0, 15, 15], kernel[0, size // 2 + 1] = 1.0, 1.0
    assert torch.nonzero(convolve(planes, kernel)[0] > 0.5).tolist() == [[15 - size // 2, 16]]


def test_large_planes_are_transformed_apart_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = BlurKernels(Aperture()).kernel(20.0)
    together = convolve(PLANES, kernel)
    monkeypatch.setattr("refocus.optics.render.filters._CACHED_PX", 1)
    torch.testing.assert_close(convolve(PLANES, kernel), together, atol=1e-6, rtol=0)
