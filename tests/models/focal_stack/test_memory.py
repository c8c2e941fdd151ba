"""The estimates agree with counting the real model, built without weights."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from refocus.core import EngineNotReady
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.focal_stack import memory
from refocus.models.focal_stack.memory import CPU_MODES, MODES, choose_mode, estimate_flops, estimate_memory
from refocus.models.focal_stack.run_settings import DEFAULT_DECODE_CHUNK
from refocus.models.memory import MemoryMode
from tests.models import counting

# Not the size the constants were taken from, so that the scaling with size is held too.
SIZE = (640, 448)
FAST, OFFLOAD, SMALL = MODES

_DEEP = "CrossAttn{}BlockSpatioTemporal"
SVD_UNET: Mapping[str, Any] = {
    "in_channels": 8,
    "out_channels": 4,
    "down_block_types": (*[_DEEP.format("Down")] * 3, "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", *[_DEEP.format("Up")] * 3),
    "block_out_channels": (320, 640, 1280, 1280),
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 768,
    "layers_per_block": 2,
    "cross_attention_dim": 1024,
    "num_attention_heads": (5, 10, 20, 20),
    "num_frames": 14,
    "sample_size": 96,
}
"""Config of the UNet of Stable Video Diffusion."""
SVD_VAE: Mapping[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 768,
}
"""Config of its VAE."""
SVD_CLIP: Mapping[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
    "projection_dim": 1024,
    "hidden_act": "gelu",
}
"""Config of its image encoder, CLIP ViT-H/14."""


def meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.float16, device="meta")


def build_unet() -> UNetSpatioTemporalConditionModel:
    with torch.device("meta"):
        return UNetSpatioTemporalConditionModel(**SVD_UNET).to("meta").eval()  # some buffers ignore the context


def build_vae() -> AutoencoderKLTemporalDecoder:
    with torch.device("meta"):
        return AutoencoderKLTemporalDecoder(**SVD_VAE).to("meta").eval()


def build_clip() -> CLIPVisionModelWithProjection:
    with torch.device("meta"):
        return CLIPVisionModelWithProjection(CLIPVisionConfig(**SVD_CLIP)).to("meta").eval()


def count_unet(width: int, height: int, *, halves: int, frames: int = DEFAULT_FRAMES) -> counting.Work:
    """One UNet pass in 16 bits at a working size in pixels."""
    unet = build_unet().half()
    latents = meta(halves, frames, 8, height // 8, width // 8)
    embeddings, time_ids = meta(halves, 1, 1024), meta(halves, 3)
    return counting.count(lambda: unet(latents, meta(1)[0], embeddings, time_ids))


def count_decode(width: int, height: int, *, chunk: int) -> counting.Work:
    """Decoding one chunk of frames in 16 bits."""
    vae = build_vae().half()
    latents = meta(chunk, 4, height // 8, width // 8)
    return counting.count(lambda: vae.decode(latents, num_frames=chunk))


def count_encode(width: int, height: int) -> counting.Work:
    """Encoding one frame in float32."""
    vae = build_vae()
    frame = meta(1, 3, height, width).float()
    return counting.count(lambda: vae.encode(frame))


def test_parameter_counts() -> None:
    vae = build_vae()
    assert counting.parameters(build_unet()) == memory.UNET_PARAMETERS
    assert counting.parameters(vae) == memory.VAE_PARAMETERS
    assert counting.parameters(vae.encoder) == memory.VAE_ENCODER_PARAMETERS
    assert counting.parameters(build_clip()) == memory.CLIP_PARAMETERS


def test_estimates_hold_against_the_count() -> None:
    weights = 2 * (memory.UNET_PARAMETERS + memory.VAE_PARAMETERS + memory.CLIP_PARAMETERS)
    estimate = estimate_memory(FAST, *SIZE)
    fixed = weights + memory.ALLOWANCE_BYTES
    both, one = (count_unet(*SIZE, halves=halves) for halves in (2, 1))
    decode = count_decode(*SIZE, chunk=8)
    assert estimate.stage_bytes("denoise") - fixed == pytest.approx(both.peak_bytes, rel=0.01)
    assert estimate.stage_bytes("decode") - fixed == pytest.approx(decode.peak_bytes, rel=0.01)
    two_pass = MemoryMode("", batch_guidance=False)
    assert estimate_memory(two_pass, *SIZE).stage_bytes("denoise") - fixed == pytest.approx(one.peak_bytes, rel=0.01)
    encode = count_encode(*SIZE).peak_bytes + 2 * memory.VAE_ENCODER_PARAMETERS
    assert estimate.stage_bytes("encode") - fixed == pytest.approx(encode, rel=0.01)
    assert both.flops == 2 * one.flops
    flops = estimate_flops(*SIZE, steps=3)
    assert flops == pytest.approx(3 * both.flops + decode.flops * 9 / 8, rel=0.01)


def test_half_a_megapixel_in_ten_gigabytes() -> None:
    assert estimate_memory(OFFLOAD, 704, 704).peak_bytes < 10e9
    assert estimate_memory(SMALL, 704, 704).peak_bytes < 6e9


def test_mode_follows_memory() -> None:
    assert choose_mode(int(24e9), 704, 704) is FAST
    assert choose_mode(int(12e9), 704, 704) is OFFLOAD
    assert choose_mode(int(8e9), 704, 704) is SMALL
    with pytest.raises(EngineNotReady, match="704x704") as caught:
        choose_mode(int(4e9), 704, 704)
    assert "thin-lens" in caught.value.todo


def test_each_part_of_a_mode_saves_memory() -> None:
    stages = ("encode", "denoise", "decode")
    base = estimate_memory(MemoryMode("", weight_bits=32), 512, 512)
    savings = {
        MemoryMode("", weight_bits=32, offload="model"): stages,
        MemoryMode("", weight_bits=32, batch_guidance=False): ("denoise",),
        MemoryMode("", weight_bits=32, decode_chunk_size=2): ("decode",),
        MemoryMode("", weight_bits=16): stages,
    }
    for mode, smaller in savings.items():
        estimate = estimate_memory(mode, 512, 512)
        for stage in stages:
            assert (estimate.stage_bytes(stage) < base.stage_bytes(stage)) == (stage in smaller)


def test_the_fastest_modes_decode_as_published() -> None:
    assert {mode.decode_chunk_size for mode in (FAST, OFFLOAD, CPU_MODES[0])} == {DEFAULT_DECODE_CHUNK}


def test_counting_live_bytes_by_hand() -> None:
    def run() -> torch.Tensor:
        first = torch.empty(1000, device="meta")  # 4000 bytes
        second = first + first  # 8000 together
        del first
        return second + second  # 8000 again: the first is gone

    assert counting.count(run).peak_bytes == 8000


def test_counting_attention_by_hand() -> None:
    query, key = torch.empty(1, 2, 10, 4, device="meta"), torch.empty(1, 2, 30, 4, device="meta")
    work = counting.count(lambda: torch.nn.functional.scaled_dot_product_attention(query, key, key))
    assert work.flops == 2 * (2 * 10 * 30 * 4) * 2  # two heads; two products of 10 x 30 x 4, two operations each
    assert work.peak_bytes == 2 * 10 * 4 * 4


def test_processors_have_modes_of_their_own() -> None:
    whole, small = CPU_MODES
    assert choose_mode(int(30e9), 704, 704, modes=CPU_MODES) is whole
    assert choose_mode(int(20e9), 704, 704, modes=CPU_MODES) is small
    with pytest.raises(EngineNotReady, match="704x704"):
        choose_mode(int(12e9), 704, 704, modes=CPU_MODES)
