"""All ways to convolve agree."""

import numpy as np
import pytest
import torch

from refocus.optics import Aperture
from refocus.optics.aperture import KernelCaster
from refocus.optics.convolve import _convolve_by_fft, convolve


@pytest.mark.parametrize("diameter", [0.5, 6.0, 13.7, 20.0])
@pytest.mark.parametrize("name", ["circle", "heart"])
def test_direct_filters_equal_the_fft(name, diameter):
    planes = torch.rand(2, 45, 61, generator=torch.Generator().manual_seed(1))
    kernel = KernelCaster(Aperture.named(name)).kernel(diameter)
    torch.testing.assert_close(convolve(planes, kernel), _convolve_by_fft(planes, kernel), atol=2e-5, rtol=0)


def test_a_kernel_is_cast_as_it_is_not_mirrored():
    planes, kernel = torch.zeros(1, 31, 31), np.zeros((17, 17), np.float32)
    planes[0, 15, 15], kernel[0, 16] = 1.0, 1.0
    assert torch.nonzero(convolve(planes, kernel)[0] > 0.5).tolist() == [[7, 23]]
