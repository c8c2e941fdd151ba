"""FLUX.1-dev with its two LoRAs: loaded once, in a memory mode that fits, and run for one picture at a time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import EngineNotReady
from refocus.engines.generative.costs import (
    CONDITIONS,
    AvailableMemory,
    available_modes,
    can_quantize,
    choose_mode,
    estimate_flops,
    fits,
    named_mode,
    out_of_memory_todo,
    transformer_runs,
)
from refocus.engines.generative.weights import GenerativeFiles, ModelSize, check_headers
from refocus.models.generative_refocus.memory import TRANSFORMER_PARAMETERS
from refocus.models.generative_refocus.network_specs import DEBLUR_NET, with_words
from refocus.models.generative_refocus.token_grid import Tiling
from refocus.models.memory import MemoryMode, explain_out_of_memory
from refocus.models.runtime.jobs import OnStep, seeded
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.components import hide_loading_messages

if TYPE_CHECKING:
    from refocus.models import GenerativeRefocusPipeline

_TILED: dict[Tiling, bool | Literal["auto"]] = {"auto": "auto", "on": True, "off": False}
_ZERO_GPU_FLOPS = 150e12  # per second in 16 bits, a cautious estimate
_ZERO_GPU_EXTRA_S = 20  # to move the model to the GPU, and for what is not the transformer


@dataclass(frozen=True, slots=True, eq=False)
class FluxJob:
    """One picture to generate; data on the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8, sides multiples of 16.
        defocus: (height, width) float32 in [0, 1] for BokehNet; None for DeblurNet.
        words: the user's own words for DeblurNet's prompt; may be empty.
        steps, seed: see `RefocusRequest`.
        flops: floating-point operations of the job.
        pre_deblurred_srgb: (height, width, 3) uint8, for DeblurNet with two conditions; None for one.
        tiling: whether the transformer sees tiles.
        opening: (256, 256) float32 in [0, 1], the aperture for BokehNet's shape condition; None for a round one.
    """

    photo_srgb: NDArray[np.uint8]
    defocus: NDArray[np.float32] | None
    words: str
    steps: int
    seed: int
    flops: float
    pre_deblurred_srgb: NDArray[np.uint8] | None = None
    tiling: Tiling = "auto"
    opening: NDArray[np.float32] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Working size (width, height) in pixels."""
        return self.photo_srgb.shape[1], self.photo_srgb.shape[0]

    @property
    def runs(self) -> int:
        """Number of runs of the transformer."""
        return transformer_runs(*self.size, self.steps, self.tiling)


@dataclass(frozen=True, slots=True)
class FluxWeights:
    """The weights found on this computer, and the size of the model."""

    files: GenerativeFiles
    size: ModelSize

    @classmethod
    def checked(cls, files: GenerativeFiles) -> "FluxWeights":
        """Raises WeightsMissing when a part is missing, damaged or of another model."""
        return cls(files, check_headers(files))

    @property
    def share(self) -> float:
        """The model's parameters divided by those of FLUX.1-dev; models in tests are a fraction of it."""
        return self.size.parameters / TRANSFORMER_PARAMETERS

    def flops(
        self, size: tuple[int, int], steps: int, *, conditions: int = CONDITIONS, tiling: Tiling = "auto"
    ) -> float:
        """Floating-point operations of one picture of a working size (width, height)."""
        return estimate_flops(*size, steps, conditions=conditions, tiling=tiling) * self.share


class GenerativeModel(SharedModel[FluxJob, NDArray[np.uint8]]):
    """FLUX.1-dev with the LoRAs of DeblurNet and BokehNet."""

    def __init__(self, *, device: str | None, zero_gpu: bool, memory: str | None = None) -> None:
        super().__init__(device=device, zero_gpu=zero_gpu, memory=memory)
        self._placed: tuple[FluxWeights, MemoryMode] | None = None

    def place(self, weights: FluxWeights, size: tuple[int, int], tiling: Tiling = "auto") -> MemoryMode:
        """Load the model unless it is already loaded in a mode that fits. To be called within `exclusive`.

        Args:
            weights: to load.
            size: working size (width, height) in pixels.
            tiling: whether the transformer sees tiles.

        Raises:
            WeightsMissing: when a part is damaged or of another model, or a LoRA does not load fully.
            EngineNotReady: when memory is short.
        """
        weights = self._loaded(weights)
        mode = self.memory_mode(weights, size, tiling)
        with _explain_pipeline_memory(self._out_of_memory_todo(weights, mode, size, tiling)):
            self._slot.get_or_load((weights, mode), lambda: self._load(weights, mode))
        self._placed = weights, mode
        return mode

    def picture(
        self, weights: FluxWeights, job: FluxJob, on_step: OnStep, on_wait: Callable[[], None]
    ) -> NDArray[np.uint8]:
        """Generate one picture; the model is held for this picture only, so that several users alternate.

        Args:
            weights: to run with.
            job: what to generate.
            on_step: called with the number of runs of the transformer done; may raise `Cancelled`.
            on_wait: called repeatedly while another run holds the model; may raise `Cancelled`.

        Returns:
            (height, width, 3) uint8 sRGB, of the job's size.
        """
        with self.exclusive(on_wait):
            self.place(weights, job.size, job.tiling)
            return self.run(job, on_step)

    def memory_mode(self, weights: FluxWeights, size: tuple[int, int], tiling: Tiling = "auto") -> MemoryMode:
        """The mode in the settings, or the best that fits; on ZeroGPU, whose memory is not visible, the best of all.

        Raises:
            EngineNotReady: when no mode fits, or the one in the settings is not available on the device.
        """
        device_type, rank = self.device().type, weights.size.lora_rank
        if self._memory is not None:
            return named_mode(self._memory, can_quantize=can_quantize(device_type), device_type=device_type)
        if self._zero_gpu:
            return available_modes(can_quantize(device_type), device_type)[0]
        memory = self._available_memory(weights)
        if self._slot.model is not None and self._placed is not None and self._placed[0] == weights:
            placed = self._placed[1]
            if fits(placed, memory, *size, rank, loaded=True, tiling=tiling):
                return placed
        return choose_mode(memory, *size, device_type=device_type, lora_rank=rank, tiling=tiling)

    def _loaded(self, weights: FluxWeights) -> FluxWeights:
        """The loaded weights where they are these beside a further LoRA, so that nothing is loaded again."""
        placed = None if self._placed is None or self._slot.model is None else self._placed[0]
        same = placed is not None and replace(placed.files, pre_deblur_lora=None) == weights.files
        return placed if placed is not None and same else weights

    def _out_of_memory_todo(self, weights: FluxWeights, mode: MemoryMode, size: tuple[int, int], tiling: Tiling) -> str:
        device_type = self.device().type
        modes = available_modes(can_quantize(device_type), device_type)
        return out_of_memory_todo(mode, *size, modes=modes, lora_rank=weights.size.lora_rank, tiling=tiling)

    def _available_memory(self, weights: FluxWeights) -> AvailableMemory:
        import torch

        device = self.device()
        return AvailableMemory(
            device_bytes=self._available_bytes(device) / weights.share,
            main_bytes=self._available_bytes(torch.device("cpu")) / weights.share,
            can_quantize=can_quantize(device.type),
        )

    def _load(self, weights: FluxWeights, mode: MemoryMode) -> "GenerativeRefocusPipeline":
        hide_loading_messages()
        import torch

        from refocus.models import GenerativeRefocusPipeline

        device = self.device()
        pipe = GenerativeRefocusPipeline.from_pretrained(
            weights.files.flux,
            deblur_lora=weights.files.deblur_lora,
            bokeh_lora=weights.files.bokeh_lora,
            pre_deblur_lora=weights.files.pre_deblur_lora,
            shape_lora=weights.files.shape_lora,
            # FLUX overflows in float16, so a card without fast bfloat16 uses bfloat16 all the same.
            dtype=torch.float32 if device.type == "cpu" else torch.bfloat16,
            bits=min(mode.weight_bits, 16),  # type: ignore[arg-type]
        )
        pipe.tile_vae_above(mode.vae_tile_px)
        return pipe.place(device, offload=mode.offload)

    def _run_job(self, job: FluxJob, on_step: OnStep) -> NDArray[np.uint8]:
        photo, pipe = Image.fromarray(job.photo_srgb), cast("GenerativeRefocusPipeline", self._slot.model)
        options: dict[str, Any] = {
            "num_inference_steps": job.steps,
            "generator": seeded(job.seed),
            "tiled": _TILED[job.tiling],
            "callback": lambda done: on_step(round(done * job.runs)),
        }
        with _explain_pipeline_memory(
            self._out_of_memory_todo(*self._placed, photo.size, job.tiling) if self._placed else ""
        ):
            if job.defocus is not None:
                return np.asarray(pipe.bokeh(photo, job.defocus, opening=job.opening, **options))
            prompt = with_words(DEBLUR_NET.prompt, job.words)
            return np.asarray(pipe.deblur(photo, pre_deblurred=job.pre_deblurred_srgb, prompt=prompt, **options))

    def _max_gpu_seconds(self, job: FluxJob) -> int:
        return math.ceil(_ZERO_GPU_EXTRA_S + job.flops / _ZERO_GPU_FLOPS)


@contextmanager
def _explain_pipeline_memory(todo: str) -> Iterator[None]:
    """`explain_out_of_memory`, also for errors that the pipeline has already explained with an advice of its own."""
    with explain_out_of_memory(todo):
        try:
            yield
        except EngineNotReady as error:
            if isinstance(error.__cause__, RuntimeError):
                raise error.__cause__ from None
            raise
