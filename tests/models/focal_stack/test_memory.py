"""The estimates agree with counting the real model, built without weights."""

import pytest
import torch

from refocus.core import EngineNotReady
from refocus.models.focal_stack import accounting, memory
from refocus.models.focal_stack.memory import CPU_MODES, MODES, MemoryMode, choose_mode, estimate_flops, estimate_memory

# Not the size the constants were taken from, so that the scaling with size is held too.
SIZE = (640, 448)
FAST, OFFLOAD, SMALL = MODES


def test_parameter_counts() -> None:
    vae = accounting.build_vae()
    assert accounting.parameters(accounting.build_unet()) == memory.UNET_PARAMETERS
    assert accounting.parameters(vae) == memory.VAE_PARAMETERS
    assert accounting.parameters(vae.encoder) == memory.VAE_ENCODER_PARAMETERS
    assert accounting.parameters(accounting.build_clip()) == memory.CLIP_PARAMETERS


def test_estimates_hold_against_the_count() -> None:
    weights = 2 * (memory.UNET_PARAMETERS + memory.VAE_PARAMETERS + memory.CLIP_PARAMETERS)
    estimate = estimate_memory(FAST, *SIZE)
    fixed = weights + memory.ALLOWANCE_BYTES
    both, one = (accounting.count_unet(*SIZE, halves=halves) for halves in (2, 1))
    decode = accounting.count_decode(*SIZE, chunk=8)
    assert estimate.denoise_bytes - fixed == pytest.approx(both.peak_bytes, rel=0.01)
    assert estimate.decode_bytes - fixed == pytest.approx(decode.peak_bytes, rel=0.01)
    two_pass = MemoryMode("", offload=False, batch_guidance=False)
    assert estimate_memory(two_pass, *SIZE).denoise_bytes - fixed == pytest.approx(one.peak_bytes, rel=0.01)
    encode = accounting.count_encode(*SIZE).peak_bytes + 2 * memory.VAE_ENCODER_PARAMETERS
    assert estimate.encode_bytes - fixed == pytest.approx(encode, rel=0.01)
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
    full = MemoryMode("", offload=False, batch_guidance=True, value_bytes=4)
    parts = ("encode_bytes", "denoise_bytes", "decode_bytes")
    base = estimate_memory(full, 512, 512)
    savings = {
        MemoryMode("", offload=True, batch_guidance=True, value_bytes=4): parts,
        MemoryMode("", offload=False, batch_guidance=False, value_bytes=4): ("denoise_bytes",),
        MemoryMode("", offload=False, batch_guidance=True, value_bytes=4, decode_chunk_size=2): ("decode_bytes",),
        MemoryMode("", offload=False, batch_guidance=True, value_bytes=2): parts,
    }
    for mode, smaller in savings.items():
        estimate = estimate_memory(mode, 512, 512)
        for part in parts:
            assert (getattr(estimate, part) < getattr(base, part)) == (part in smaller)


def test_counting_live_bytes_by_hand() -> None:
    def run() -> torch.Tensor:
        first = torch.empty(1000, device="meta")  # 4000 bytes
        second = first + first  # 8000 together
        del first
        return second + second  # 8000 again: the first is gone

    assert accounting.count(run).peak_bytes == 8000


def test_counting_attention_by_hand() -> None:
    query, key = torch.empty(1, 2, 10, 4, device="meta"), torch.empty(1, 2, 30, 4, device="meta")
    work = accounting.count(lambda: torch.nn.functional.scaled_dot_product_attention(query, key, key))
    assert work.flops == 2 * (2 * 10 * 30 * 4) * 2  # two heads; two products of 10 x 30 x 4, two operations each
    assert work.peak_bytes == 2 * 10 * 4 * 4


def test_processors_have_modes_of_their_own() -> None:
    whole, small = CPU_MODES
    assert choose_mode(int(30e9), 704, 704, modes=CPU_MODES) is whole
    assert choose_mode(int(20e9), 704, 704, modes=CPU_MODES) is small
    with pytest.raises(EngineNotReady, match="704x704"):
        choose_mode(int(12e9), 704, 704, modes=CPU_MODES)
