"""The script that measures the memory modes on a GPU, with tiny models on the CPU."""

from pathlib import Path

import pytest
import torch

from refocus.models import FocalStackPipeline, GenerativeRefocusPipeline
from refocus.models.focal_stack import memory as video_memory
from refocus.models.generative_refocus import memory as flux_memory
from tests.benchmarks import gpu_memory

CPU = torch.device("cpu")

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_mode_of_the_video_model_is_run(tiny_video_model: Path) -> None:
    rows = list(gpu_memory.measure_video(FocalStackPipeline.from_pretrained(tiny_video_model), CPU, (64, 64)))
    assert [row.mode for row in rows] == [mode.name for mode in video_memory.MODES]
    assert all(row.step_seconds > 0 and row.counted_bytes > 0 for row in rows)


def test_every_mode_of_flux_in_16_bits_is_run(tiny_flux: Path) -> None:
    pipe = GenerativeRefocusPipeline.from_pretrained(
        tiny_flux / "model", deblur_lora=tiny_flux / "lora", bokeh_lora=tiny_flux / "lora"
    )
    rows = list(gpu_memory.measure_flux(pipe, CPU, (64, 64)))
    assert [row.mode for row in rows] == ["bf16", "bf16, model offload", "bf16, group offload"]
    assert all(row.step_seconds > 0 for row in rows)


def test_the_full_models_have_the_sizes_that_are_counted() -> None:
    meta = torch.device("meta")
    video, flux = gpu_memory.full_video(meta), gpu_memory.full_flux(meta)
    assert sum(weight.numel() for weight in video.unet.parameters()) == video_memory.UNET_PARAMETERS
    loras = 2 * flux_memory.LORA_PARAMETERS_PER_RANK * gpu_memory.LORA_RANK
    assert sum(weight.numel() for weight in flux.transformer.parameters()) == flux_memory.TRANSFORMER_PARAMETERS + loras
    assert sum(weight.numel() for weight in flux.text_encoder_2.parameters()) == flux_memory.T5_PARAMETERS
