"""One training step of the video model: what is drawn, what the network sees, and the loss.

The published training of Learning to Refocus (arXiv 2512.19823), which is that of Stable Video Diffusion (arXiv
2311.15127) with the preconditioning of Karras et al. 2022 (EDM, arXiv 2206.00364) for a network that predicts v.
"""

from dataclasses import dataclass

import torch

from refocus.models.focal_stack.run_settings import MAX_INPUTS

NOISE_STRENGTH = (-3.0, 0.5)
"""Mean and deviation of the logarithm of the noise on the known frames, in units of pixels in [-1, 1]."""
SIGMA = (0.7, 1.6)
"""The same of sigma, the noise on the latents."""
FPS_TRAINED, FPS_USED = 7, 6
MOTION_BUCKET = 0
_EDGE = 1e-7  # the uniform draw keeps away from 0 and 1, where the inverse of the distribution is infinite


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn for one sample.

    Attributes:
        sigma: noise on the latents of all frames.
        noise_strength: noise on the pixels of the known frames.
        drop_embedding, drop_image: whether CLIP's embedding, and the latents of the known frames, are zeroed.
    """

    sigma: float
    noise_strength: float
    drop_embedding: bool
    drop_image: bool


def draw(generator: torch.Generator, dropout: float) -> Draw:
    """Draw noise levels and conditioning dropout.

    One uniform r decides: below 2q CLIP's embedding is dropped, from q to 3q the image, so both from q to 2q.

    Args:
        generator: on the CPU.
        dropout: q, the share of samples of each of the three cases.
    """
    sigma, noise_strength, r = torch.rand(3, generator=generator, dtype=torch.float64)
    return Draw(
        log_normal(sigma, *SIGMA),
        log_normal(noise_strength, *NOISE_STRENGTH),
        drop_embedding=bool(r < 2 * dropout),
        drop_image=bool(dropout <= r < 3 * dropout),
    )


def log_normal(uniform: torch.Tensor, mean: float, deviation: float) -> float:
    """A log-normal value, from a uniform one by the inverse of the normal distribution."""
    return float(torch.exp(mean + deviation * torch.special.ndtri(uniform.clamp(_EDGE, 1 - _EDGE))))


def known_frames(inputs: str, frames: int, positions: int, uniform: torch.Tensor) -> torch.Tensor:
    """Which frames the network is given.

    Args:
        inputs: "random", "zero" or "several", see `FocalStackConfig`.
        frames: of the network.
        positions: the first so many frames can be known; a repeated frame cannot.
        uniform: 1 + positions values in [0, 1).

    Returns:
        (frames,) bool.
    """
    known = torch.zeros(frames, dtype=torch.bool)
    count = 1 + int(MAX_INPUTS * uniform[0]) if inputs == "several" else 1
    known[torch.argsort(uniform[1:], stable=True)[:count] if inputs != "zero" else 0] = True
    return known


@dataclass(frozen=True, slots=True, eq=False)
class NetworkInput:
    """The arguments of the UNet.

    Attributes:
        sample: (batch, frames, 8, h, w): scaled noisy latents, then the latents of the known frames.
        timestep: (batch,): a quarter of the logarithm of sigma.
        embeddings: (batch, 1, width) of CLIP.
        added_time_ids: (batch, 3): frames per second, motion bucket, noise strength.
    """

    sample: torch.Tensor
    timestep: torch.Tensor
    embeddings: torch.Tensor
    added_time_ids: torch.Tensor


def network_input(
    noisy: torch.Tensor,
    known_latents: torch.Tensor,
    embeddings: torch.Tensor,
    draws: list[Draw],
    as_used: tuple[str, ...],
) -> NetworkInput:
    """Assemble the arguments of the UNet, with conditioning dropout.

    Args:
        noisy: (batch, frames, 4, h, w), latents with noise of each draw's sigma.
        known_latents: of the same shape, not scaled, zero for frames that are not known.
        embeddings: (batch, width) of CLIP.
        draws: one for each sample.
        as_used: see `FocalStackConfig`.
    """
    sigma = _per_sample([one.sigma for one in draws], noisy)
    keep_image = _per_sample([float(not one.drop_image) for one in draws], noisy)
    keep_embedding = _per_sample([float(not one.drop_embedding) for one in draws], embeddings)
    fps = FPS_USED if "fps" in as_used else FPS_TRAINED
    ids = [[fps, MOTION_BUCKET, 0.0 if "noise" in as_used else one.noise_strength] for one in draws]
    return NetworkInput(
        sample=torch.cat([noisy / (sigma**2 + 1).sqrt(), known_latents * keep_image], dim=2),
        timestep=0.25 * sigma.flatten().log(),
        embeddings=(embeddings * keep_embedding)[:, None],
        added_time_ids=torch.tensor(ids, dtype=noisy.dtype, device=noisy.device),
    )


def denoised(output: torch.Tensor, noisy: torch.Tensor, draws: list[Draw]) -> torch.Tensor:
    """The latents that an output of the network means: c_skip x noisy + c_out x output, of the shape of `noisy`."""
    sigma = _per_sample([one.sigma for one in draws], noisy)
    return noisy / (sigma**2 + 1) - output * sigma / (sigma**2 + 1).sqrt()


def weighted_loss(predicted: torch.Tensor, target: torch.Tensor, draws: list[Draw]) -> torch.Tensor:
    """Mean squared error over all frames, weighted by (1 + sigma^2) / sigma^2, which makes it the error of v."""
    sigma = _per_sample([one.sigma for one in draws], target)
    return ((1 + sigma**2) / sigma**2 * (predicted - target) ** 2).mean()


def _per_sample(values: list[float], like: torch.Tensor) -> torch.Tensor:
    """A value for each sample, to be multiplied with a batch."""
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, *[1] * (like.ndim - 1))
