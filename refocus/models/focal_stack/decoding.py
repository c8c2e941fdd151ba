"""Decode latents to frames with the temporal VAE decoder, in chunks of frames."""

from typing import Any

import torch


def decode_chunks(frames: int, chunk: int, overlap: int) -> list[range]:
    """The frames of each chunk.

    The temporal decoder sees only the frames of its chunk: with 9 frames, chunks of 8 and no overlap (as published),
    the last frame is decoded alone. An overlap gives every chunk after the first that many frames of context.

    Returns:
        Ranges that cover all frames, each at most `chunk` long; neighbours share `overlap` frames.
    """
    stride = chunk - overlap
    starts = range(0, max(frames - overlap, 1), stride)
    return [range(start, min(start + chunk, frames)) for start in starts]


def decode_frames(vae: Any, latents: torch.Tensor, chunk: int, overlap: int = 0) -> torch.Tensor:
    """Decode latents to frames.

    Frames shared by two chunks are cross-faded, so that there is no visible step between the chunks.

    Args:
        vae: an AutoencoderKLTemporalDecoder; the decoder runs in its own dtype.
        latents: (frames, 4, h, w), scaled as the UNet predicts them.
        chunk: frames decoded together; memory grows with it.
        overlap: frames shared by neighbouring chunks.

    Returns:
        (frames, 3, height, width) float32 in [0, 1].
    """
    dtype = next(vae.decoder.parameters()).dtype
    scaled = latents / vae.config.scaling_factor
    decoded: list[torch.Tensor] = []
    for frames in decode_chunks(len(latents), chunk, overlap):
        part = scaled[frames.start : frames.stop].to(dtype)
        pictures = vae.decode(part, num_frames=len(frames)).sample.float()  # (chunk, 3, height, width)
        shared = len(decoded) - frames.start
        for index, picture in enumerate(pictures):
            if index < shared:
                weight = (index + 1) / (shared + 1)
                decoded[frames.start + index] = torch.lerp(decoded[frames.start + index], picture, weight)
            else:
                decoded.append(picture)
    return (torch.stack(decoded) / 2.0 + 0.5).clamp(0.0, 1.0)
