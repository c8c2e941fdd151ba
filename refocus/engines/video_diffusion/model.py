"""The video model ready to run: found, loaded once, placed on its device, and run one job at a time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import WeightsMissing
from refocus.models.focal_stack.checkpoint import (
    BASE_WEIGHTS,
    UNET_SUBFOLDER,
    UNET_WEIGHTS,
    FocalStackFolders,
    find_focal_stack,
)
from refocus.models.focal_stack.memory import CPU_MODES, MODES, choose_mode
from refocus.models.focal_stack.run_settings import DEFAULT_GUIDANCE_SCALE, ClipRange
from refocus.models.memory import MemoryMode, explain_out_of_memory
from refocus.models.runtime.devices import model_dtype
from refocus.models.runtime.jobs import OnStep, quiet_loading, seeded, step_callback
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.hub import cached
from refocus.models.weights.spec import NO_REVISIONS, check_commit, commit_of, pinned

if TYPE_CHECKING:
    import torch

    from refocus.models import FocalStackPipeline

SPECS = (BASE_WEIGHTS, UNET_WEIGHTS)
DOWNLOAD_BYTES = sum(spec.size_bytes for spec in SPECS)
_ZERO_GPU_FLOPS = 50e12  # a second, on the GPUs of ZeroGPU, in 16 bits; cautious
_ZERO_GPU_EXTRA_S = 15  # to move the model there
_LESS_MEMORY = "Close other programs, give a smaller photo, or choose the thin-lens engine"


@dataclass(frozen=True, slots=True, eq=False)
class VideoJob:
    """One run of the model; data of the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8, at working size.
        input_position, steps, seed: see `RefocusRequest`.
        mode: how to run it.
        flops: floating-point operations it takes.
        guidance_scale, decode_overlap, clip_range: see `FocalStackPipeline.__call__`.
    """

    photo_srgb: NDArray[np.uint8]
    input_position: int
    steps: int
    seed: int
    mode: MemoryMode
    flops: float
    guidance_scale: float = DEFAULT_GUIDANCE_SCALE
    decode_overlap: int = 0
    clip_range: ClipRange = "published"


def find_weights(models: Path | None, revisions: Mapping[str, str] = NO_REVISIONS) -> FocalStackFolders:
    """Where the weights are: in a folder of either layout (`find_focal_stack`), or in the hub's cache when None.

    Args:
        models: the folder.
        revisions: chosen by the user, by repository.

    Raises:
        WeightsMissing: when they are not there, or of another revision, with what to do.
    """
    base, unet = (pinned(spec, revisions) for spec in SPECS)
    if models is not None:
        folders = find_focal_stack(models, base=base, unet=unet)
        check_commit(folders.base, base)
        check_commit(folders.unet, unet)
        return folders
    base_folder, unet_folder = cached(base), cached(unet)
    if base_folder is not None and unet_folder is not None:
        return FocalStackFolders(base=base_folder, unet=unet_folder / UNET_SUBFOLDER)
    raise WeightsMissing(
        f"its weights ({DOWNLOAD_BYTES / 1e9:.1f} GB) are not here.",
        todo="Read their licences and get them with `python -m refocus engines --download video-diffusion`, "
        "or give their folder with --model or REFOCUS_MODELS.",
    )


def weights_used(folders: FocalStackFolders) -> dict[str, str | None]:
    """The commit of each repository the model was loaded from; None where its folder does not tell."""
    return {BASE_WEIGHTS.repo: commit_of(folders.base), UNET_WEIGHTS.repo: commit_of(folders.unet)}


def leaner_than(mode: MemoryMode) -> str:
    """What to do when a mode did not fit after all: the next leaner one, by name."""
    modes = next(modes for modes in (MODES, CPU_MODES) if mode in modes)
    leaner = modes[modes.index(mode) + 1 :]
    return f"{_LESS_MEMORY}, or set REFOCUS_MEMORY to “{leaner[0].name}”." if leaner else f"{_LESS_MEMORY}."


class VideoModel(SharedModel[VideoJob, NDArray[np.uint8]]):
    """Holds the loaded model for everybody. A run gives (frames, height, width, 3) uint8 sRGB, frame 0 nearest.

    Args:
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        memory: name of a way to run the model; None chooses the fastest that fits.
    """

    def __init__(self, *, device: str | None, zero_gpu: bool, memory: str | None = None) -> None:
        super().__init__(device=device, zero_gpu=zero_gpu)
        self._memory = memory

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
                from refocus.models import FocalStackPipeline

                pipe = FocalStackPipeline.from_folders(folders, dtype=model_dtype(device))
            pipe.set_progress_bar_config(disable=True)
            return pipe

        with explain_out_of_memory(leaner_than(mode)):
            pipe = self._slot.get(folders, load)
            if mode.offload == "model":
                pipe.enable_model_cpu_offload(device=device)
            else:
                pipe.remove_all_hooks()
                pipe.to(device)
        return mode

    def _mode(self, device: "torch.device", size: tuple[int, int], share: float) -> MemoryMode:
        if self._zero_gpu:
            return MODES[0]
        modes = CPU_MODES if device.type == "cpu" else MODES
        return choose_mode(int(self._room_bytes(device) / share), *size, modes=modes, asked=self._memory)

    def _generate(self, job: VideoJob, on_step: OnStep) -> NDArray[np.uint8]:
        height, width = job.photo_srgb.shape[:2]
        pipe: Any = self._slot.model
        with explain_out_of_memory(leaner_than(job.mode)):
            output = pipe(
                job.photo_srgb,
                input_position=job.input_position,
                num_inference_steps=job.steps,
                guidance_scale=job.guidance_scale,
                width=width,
                height=height,
                decode_chunk_size=job.mode.decode_chunk_size,
                decode_overlap=job.decode_overlap,
                clip_range=job.clip_range,
                batch_guidance=job.mode.batch_guidance,
                generator=seeded(job.seed),
                output_type="np",
                callback_on_step_end=step_callback(on_step),
            )
        return np.round(output.frames * 255).astype(np.uint8)

    def _max_gpu_seconds(self, job: VideoJob) -> int:
        return math.ceil(_ZERO_GPU_EXTRA_S + job.flops / _ZERO_GPU_FLOPS)
