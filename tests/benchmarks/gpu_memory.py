"""Peak memory and seconds a step of both diffusion models on a GPU, beside the counted estimates.

python -m tests.benchmarks.gpu_memory

Builds both at full size with random weights, which take as much memory and time as the real ones (SVD in float16, FLUX
in bfloat16), and runs two steps at the usual size in each memory mode. Nothing is downloaded. It needs a GPU of 48 GB
and 64 GB of main memory, and takes a few minutes. The modes in 8 and 4 bits are left out: quantizing needs bitsandbytes
and the weights as files.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import diffusers
import numpy as np
import torch
import transformers

from refocus.models import FocalStackPipeline, GenerativeRefocusPipeline
from refocus.models.focal_stack import memory as video_memory
from refocus.models.generative_refocus import memory as flux_memory
from refocus.models.generative_refocus.loras import LowRank
from refocus.models.generative_refocus.network_specs import BOKEH_NET, DEBLUR_NET
from refocus.models.memory import MemoryMode
from tests.models.focal_stack.test_memory import SVD_CLIP, SVD_UNET, SVD_VAE
from tests.tiny_flux import FLUX_SCHEDULER, save_tiny_flux
from tests.tiny_video import SVD_SCHEDULER

VIDEO_SIZE, FLUX_SIZE = (704, 704), (1024, 768)
STEPS = 2
LORA_RANK = 128
FLUX_VAE = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 16,
    "shift_factor": 0.1159,
    "scaling_factor": 0.3611,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
FLUX_CLIP = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
FLUX_T5 = {"d_model": 4096, "d_ff": 10240, "d_kv": 64, "num_layers": 24, "num_heads": 64, "vocab_size": 32128}


@dataclass(frozen=True, slots=True)
class Measured:
    """One memory mode.

    Attributes:
        model, mode: their names.
        counted_bytes: our estimate of the peak.
        peak_bytes: what torch reserved on the GPU at its peak; 0 on a CPU.
        step_seconds: of the second step, when everything is warm.
    """

    model: str
    mode: str
    counted_bytes: float
    peak_bytes: int
    step_seconds: float

    def row(self) -> str:
        """A row of the Markdown table."""
        sizes = " | ".join(f"{size / 1e9:.1f}" for size in (self.counted_bytes, self.peak_bytes))
        return f"| {self.model} | {self.mode} | {sizes} | {self.step_seconds:.2f} |"


@contextmanager
def built_on(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Modules made in the block have their random weights on this device and in this type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(before)


def full_video(device: torch.device) -> FocalStackPipeline:
    """Stable Video Diffusion at full size."""
    with built_on(device, torch.float16):
        models = {
            "unet": diffusers.UNetSpatioTemporalConditionModel(**SVD_UNET).eval(),
            "vae": diffusers.AutoencoderKLTemporalDecoder(**SVD_VAE).eval(),
            "image_encoder": transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**SVD_CLIP)),
        }
    scheduler = diffusers.EulerDiscreteScheduler(**SVD_SCHEDULER)
    return FocalStackPipeline(**models, scheduler=scheduler, feature_extractor=transformers.CLIPImageProcessor())


def full_flux(device: torch.device) -> GenerativeRefocusPipeline:
    """FLUX.1-dev at full size with both LoRAs; the tokenizers are those of the tiny model."""
    with TemporaryDirectory() as folder:
        tiny = GenerativeRefocusPipeline.from_pretrained(save_tiny_flux(Path(folder) / "tiny") / "model")
    with built_on(device, torch.bfloat16):
        pipe = GenerativeRefocusPipeline(
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler(**FLUX_SCHEDULER),
            vae=diffusers.AutoencoderKL(**FLUX_VAE).eval(),
            text_encoder=transformers.CLIPTextModel(transformers.CLIPTextConfig(**FLUX_CLIP)).eval(),
            tokenizer=tiny.components["tokenizer"],
            text_encoder_2=transformers.T5EncoderModel(
                transformers.T5Config(**FLUX_T5, feed_forward_proj="gated-gelu")
            ).eval(),
            tokenizer_2=tiny.components["tokenizer_2"],
            transformer=diffusers.FluxTransformer2DModel(guidance_embeds=True).eval(),
        )
        for layer in pipe.transformer.adapted().values():
            outputs, inputs = cast("torch.nn.Linear", layer.base).weight.shape
            for network in (DEBLUR_NET, BOKEH_NET):  # what a run loads by default
                halves = torch.randn(LORA_RANK, inputs) * 0.01, torch.randn(outputs, LORA_RANK) * 0.01
                layer.adapters[network.adapter] = LowRank(*halves)
    return pipe


def measure_video(pipe: FocalStackPipeline, device: torch.device, size: tuple[int, int]) -> Iterator[Measured]:
    """Each memory mode of the video model, at a working size (width, height)."""
    width, height = size
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    pipe.set_progress_bar_config(disable=True)
    for mode in video_memory.MODES:

        def place(mode: MemoryMode = mode) -> None:
            pipe.remove_all_hooks()
            pipe.to("cpu")
            if mode.offload == "model":
                pipe.enable_model_cpu_offload(device=device)
            else:
                pipe.to(device)

        def run(on_step: Callable[[], None], mode: MemoryMode = mode) -> None:
            pipe(
                photo,
                input_position=4,
                num_inference_steps=STEPS,
                width=width,
                height=height,
                decode_chunk_size=mode.decode_chunk_size,
                batch_guidance=mode.batch_guidance,
                generator=torch.Generator("cpu").manual_seed(0),
                output_type="np",
                callback_on_step_end=lambda *_: on_step(),
            )

        counted = video_memory.estimate_memory(mode, width, height).peak_bytes
        yield Measured("video-diffusion", mode.name, counted, *measured(place, run, device))


def measure_flux(pipe: GenerativeRefocusPipeline, device: torch.device, size: tuple[int, int]) -> Iterator[Measured]:
    """Each memory mode of FLUX in 16 bits, for a photo of this size (width, height)."""
    width, height = size
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    blur = np.full((height, width), 0.5, np.float32)
    for mode in (mode for mode in flux_memory.MODES if mode.weight_bits == 16):

        def place(mode: MemoryMode = mode) -> None:
            pipe.remove_all_hooks()
            pipe.to("cpu")
            pipe.tile_vae_above(mode.vae_tile_px)
            pipe.place(device, offload=mode.offload)

        def run(on_step: Callable[[], None]) -> None:
            shares: list[float] = []

            def after_pass(share: float) -> None:
                if not shares or int(share * STEPS + 1e-6) > int(shares[-1] * STEPS + 1e-6):
                    on_step()
                shares.append(share)

            generator = torch.Generator("cpu").manual_seed(0)
            pipe.bokeh(photo, blur, num_inference_steps=STEPS, generator=generator, callback=after_pass)

        counted = flux_memory.estimate_memory(mode, width, height).peak_bytes
        yield Measured("generative", mode.name, counted, *measured(place, run, device))


def measured(
    place: Callable[[], None], run: Callable[[Callable[[], None]], None], device: torch.device
) -> tuple[int, float]:
    """The peak in bytes and the seconds of the last step of a run.

    Args:
        place: puts the model into its memory mode.
        run: runs it, and calls its argument after each step.
        device: of the run.
    """
    on_gpu = device.type == "cuda"
    place()
    gc.collect()
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    times: list[float] = []

    def on_step() -> None:
        if on_gpu:
            torch.cuda.synchronize()
        times.append(time.perf_counter())

    run(on_step)
    return torch.cuda.max_memory_reserved() if on_gpu else 0, times[-1] - times[-2]


def main() -> None:
    """Print a table of all modes."""
    device = torch.device("cuda")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print("| engine | mode | counted, GB | peak, GB | s a step |\n|---|---|---|---|---|")
    for row in measure_video(full_video(device), device, VIDEO_SIZE):
        print(row.row(), flush=True)
    gc.collect()
    torch.cuda.empty_cache()
    for row in measure_flux(full_flux(device), device, FLUX_SIZE):
        print(row.row(), flush=True)


if __name__ == "__main__":
    main()
