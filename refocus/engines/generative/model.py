"""FLUX.1-dev with its two LoRAs ready to run: loaded once in a way that fits the memory, one picture at a time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import EngineNotReady
from refocus.engines.generative.costs import (
    Room,
    can_quantise,
    choose_mode,
    estimate_flops,
    fits,
    leaner_than,
    transformer_runs,
)
from refocus.engines.generative.weights import GenerativeFiles, ModelSize, check_headers
from refocus.models.generative_refocus.memory import MODES, TRANSFORMER_PARAMETERS
from refocus.models.generative_refocus.network_specs import DEBLUR_NET, with_words
from refocus.models.memory import MemoryMode, explain_out_of_memory
from refocus.models.runtime.jobs import OnStep, quiet_loading, seeded
from refocus.models.runtime.shared_model import SharedModel

if TYPE_CHECKING:
    from refocus.models import GenerativeRefocusPipeline

_ZERO_GPU_FLOPS = 150e12  # a second, on the GPUs of ZeroGPU, in 16 bits; cautious
_ZERO_GPU_EXTRA_S = 20  # to move the model there, and for what is not the transformer


@dataclass(frozen=True, slots=True, eq=False)
class FluxJob:
    """One picture to be made; data of the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8, sides multiples of 16.
        defocus: (height, width) float32 in [0, 1] for BokehNet; None for DeblurNet.
        words: the user's own, for DeblurNet's prompt; may be empty.
        steps, seed: see `RefocusRequest`.
        flops: floating-point operations it takes.
    """

    photo_srgb: NDArray[np.uint8]
    defocus: NDArray[np.float32] | None
    words: str
    steps: int
    seed: int
    flops: float

    @property
    def runs(self) -> int:
        """How often the transformer runs for it."""
        height, width = self.photo_srgb.shape[:2]
        return transformer_runs(width, height, self.steps)


@dataclass(frozen=True, slots=True)
class FluxWeights:
    """The weights found on this computer, and how large that model is."""

    files: GenerativeFiles
    size: ModelSize

    @classmethod
    def checked(cls, files: GenerativeFiles) -> "FluxWeights":
        """Raises WeightsMissing when a part is missing, damaged or of another model."""
        return cls(files, check_headers(files))

    @property
    def share(self) -> float:
        """Of FLUX.1-dev's parameters; models in tests are a fraction of it."""
        return self.size.parameters / TRANSFORMER_PARAMETERS

    def flops(self, size: tuple[int, int], steps: int) -> float:
        """Floating-point operations of one picture of a working size (width, height)."""
        return estimate_flops(*size, steps) * self.share


class GenerativeModel(SharedModel[FluxJob, NDArray[np.uint8]]):
    """Holds the loaded model for everybody.

    Args:
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        memory: name of a way to hold the model; None chooses the best that fits.
    """

    def __init__(self, *, device: str | None, zero_gpu: bool, memory: str | None) -> None:
        super().__init__(device=device, zero_gpu=zero_gpu)
        self._memory = memory
        self._held_as: tuple[FluxWeights, MemoryMode] | None = None

    def place(self, weights: FluxWeights, size: tuple[int, int]) -> MemoryMode:
        """Load the model unless it is there in a way that fits. To be called in a `turn`, like `run`.

        Args:
            weights: to load.
            size: working size (width, height) in pixels.

        Raises:
            WeightsMissing: when a part is damaged or of another model, or a LoRA does not load fully.
            EngineNotReady: when memory is short.
        """
        mode = self._mode(weights, size)
        with _memory_said(self._leaner(weights, mode, size)):
            self._slot.get((weights, mode), lambda: self._load(weights, mode))
        self._held_as = weights, mode
        return mode

    def picture(
        self, weights: FluxWeights, job: FluxJob, on_step: OnStep, waiting: Callable[[], None]
    ) -> NDArray[np.uint8]:
        """One picture, in a turn of its own, so that several users take turns by pictures.

        Args:
            weights: to run with.
            job: what to make.
            on_step: told how many runs of the transformer are done; may raise `Cancelled`.
            waiting: called now and then while others have the model; may raise `Cancelled`.

        Returns:
            (height, width, 3) uint8 sRGB, of the job's size.
        """
        height, width = job.photo_srgb.shape[:2]
        with self.turn(waiting):
            self.place(weights, (width, height))
            return self.run(job, on_step)

    def _mode(self, weights: FluxWeights, size: tuple[int, int]) -> MemoryMode:
        if self._zero_gpu:
            return MODES[0]
        device_type, rank = self.device().type, weights.size.lora_rank
        room = self._room(weights)
        if self._slot.model is not None and self._held_as is not None and self._held_as[0] == weights:
            held = self._held_as[1]
            if self._memory is not None or fits(held, room, *size, rank, loaded=True):
                return held
        return choose_mode(room, *size, device_type=device_type, lora_rank=rank, asked=self._memory)

    def _leaner(self, weights: FluxWeights, mode: MemoryMode, size: tuple[int, int]) -> str:
        rank = weights.size.lora_rank
        return leaner_than(mode, self._room(weights), *size, device_type=self.device().type, lora_rank=rank)

    def _room(self, weights: FluxWeights) -> Room:
        import torch

        device = self.device()
        return Room(
            card_bytes=self._room_bytes(device) / weights.share,
            main_bytes=self._room_bytes(torch.device("cpu")) / weights.share,
            quantises=can_quantise(device.type),
        )

    def _load(self, weights: FluxWeights, mode: MemoryMode) -> Any:
        import torch

        with quiet_loading():
            from refocus.models import GenerativeRefocusPipeline

            device = self.device()
            pipe = GenerativeRefocusPipeline.from_pretrained(
                weights.files.flux,
                deblur_lora=weights.files.deblur_lora,
                bokeh_lora=weights.files.bokeh_lora,
                # FLUX overflows in float16, so a card without fast bfloat16 gets it all the same.
                dtype=torch.float32 if device.type == "cpu" else torch.bfloat16,
                bits=min(mode.weight_bits, 16),  # type: ignore[arg-type]
            )
        pipe.tile_vae_above(mode.vae_tile_px)
        return pipe.place(device, offload=mode.offload)

    def _generate(self, job: FluxJob, on_step: OnStep) -> NDArray[np.uint8]:
        photo, pipe = Image.fromarray(job.photo_srgb), cast("GenerativeRefocusPipeline", self._slot.model)
        options: dict[str, Any] = {
            "num_inference_steps": job.steps,
            "generator": seeded(job.seed),
            "callback": lambda done: on_step(round(done * job.runs)),
        }
        with _memory_said(self._leaner(*self._held_as, photo.size) if self._held_as else ""):
            if job.defocus is not None:
                return np.asarray(pipe.bokeh(photo, job.defocus, **options))
            # The published demo always gives DeblurNet a first condition: a black one without another method.
            black = Image.new("RGB", photo.size)
            prompt = with_words(DEBLUR_NET.prompt, job.words)
            return np.asarray(pipe.deblur(photo, pre_deblurred=black, prompt=prompt, **options))

    def _max_gpu_seconds(self, job: FluxJob) -> int:
        return math.ceil(_ZERO_GPU_EXTRA_S + job.flops / _ZERO_GPU_FLOPS)


@contextmanager
def _memory_said(todo: str) -> Iterator[None]:
    """`explain_out_of_memory`, also when the pipeline has put it into words for those who call it themselves."""
    with explain_out_of_memory(todo):
        try:
            yield
        except EngineNotReady as error:
            if isinstance(error.__cause__, RuntimeError):
                raise error.__cause__ from None
            raise
