"""The video model ready to run: found, loaded once, placed on its device, and run one job at a time."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import WeightsMissing
from refocus.engines.devices import model_dtype
from refocus.engines.diffusion import OnStep, out_of_memory_said, quiet_loading, seeded, step_callback
from refocus.engines.held_model import HeldModel
from refocus.models.focal_stack.folders import (
    BASE_WEIGHTS,
    UNET_SUBFOLDER,
    UNET_WEIGHTS,
    FocalStackFolders,
    find_focal_stack,
)
from refocus.models.focal_stack.memory import CPU_MODES, MODES, MemoryMode, choose_mode
from refocus.models.hub import cached

if TYPE_CHECKING:
    import torch

    from refocus.models import FocalStackPipeline

DOWNLOAD_BYTES = BASE_WEIGHTS.size_bytes + UNET_WEIGHTS.size_bytes
_LENT_FLOPS = 50e12  # a second, on the GPUs of ZeroGPU, in 16 bits; cautious
_LENT_EXTRA_S = 15  # to move the model there
_LESS_MEMORY = "Close other programs, give a smaller photo, or choose the thin-lens engine."


@dataclass(frozen=True, slots=True, eq=False)
class VideoJob:
    """One run of the model; data of the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8, at working size.
        input_position, steps, seed: see `RefocusRequest`.
        mode: how to run it.
        flops: floating-point operations it takes.
    """

    photo_srgb: NDArray[np.uint8]
    input_position: int
    steps: int
    seed: int
    mode: MemoryMode
    flops: float


def find_weights(models: Path | None) -> FocalStackFolders:
    """Where the weights are: in a folder of either layout (`find_focal_stack`), or in the hub's cache when None.

    Raises:
        WeightsMissing: when they are not there, with what to do.
    """
    if models is not None:
        return find_focal_stack(models)
    base, unet = cached(BASE_WEIGHTS), cached(UNET_WEIGHTS)
    if base is not None and unet is not None:
        return FocalStackFolders(base=base, unet=unet / UNET_SUBFOLDER)
    raise WeightsMissing(
        f"its weights ({DOWNLOAD_BYTES / 1e9:.1f} GB) are not here.",
        todo="Read their licences and get them with `python -m refocus engines --download video-diffusion`, "
        "or give their folder with --model or REFOCUS_MODELS.",
    )


class VideoModel(HeldModel[VideoJob, NDArray[np.uint8]]):
    """Holds the loaded model for everybody. A run gives (frames, height, width, 3) uint8 sRGB, frame 0 nearest."""

    def place(self, folders: FocalStackFolders, size: tuple[int, int], share: float) -> MemoryMode:
        """Load the model unless it is there, and place it on its device in the fastest mode that fits.

        Args:
            folders: of the weights.
            size: working size (width, height) in pixels.
            share: parameters of the model over those of the real one; models in tests are a thousandth of it.

        Raises:
            WeightsMissing: when a part is damaged or of another model.
            EngineNotReady: when memory is short.
        """
        device = self.device()
        mode = self._mode(device, size, share)

        def load() -> "FocalStackPipeline":
            with quiet_loading():
                from refocus.models.focal_stack.loading import load_focal_stack

                pipe = load_focal_stack(folders, dtype=model_dtype(device))
            pipe.set_progress_bar_config(disable=True)
            return pipe

        with out_of_memory_said(_LESS_MEMORY):
            pipe = self._held.get(folders, load)
            if mode.offload:
                pipe.enable_model_cpu_offload(device=device)
            else:
                pipe.remove_all_hooks()
                pipe.to(device)
        return mode

    def _mode(self, device: "torch.device", size: tuple[int, int], share: float) -> MemoryMode:
        if self._zero_gpu:
            return MODES[0]
        modes = CPU_MODES if device.type == "cpu" else MODES
        return choose_mode(int(self._room_bytes(device) / share), *size, modes=modes)

    def _generate(self, job: VideoJob, on_step: OnStep) -> NDArray[np.uint8]:
        height, width = job.photo_srgb.shape[:2]
        pipe: Any = self._held.model
        with out_of_memory_said(_LESS_MEMORY):
            output = pipe(
                job.photo_srgb,
                input_position=job.input_position,
                num_inference_steps=job.steps,
                width=width,
                height=height,
                decode_chunk_size=job.mode.decode_chunk_size,
                batch_guidance=job.mode.batch_guidance,
                generator=seeded(job.seed),
                output_type="np",
                callback_on_step_end=step_callback(on_step),
            )
        return np.round(output.frames * 255).astype(np.uint8)

    def _lent_seconds(self, job: VideoJob) -> int:
        return math.ceil(_LENT_EXTRA_S + job.flops / _LENT_FLOPS)
