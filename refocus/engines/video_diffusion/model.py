"""The video model: its weights are found and loaded once, and it runs one job at a time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.media import Photo
from refocus.models.focal_stack.checkpoint import (
    BASE_WEIGHTS,
    UNET_SUBFOLDER,
    UNET_WEIGHTS,
    FocalStackFolders,
    find_focal_stack,
    trained_as,
)
from refocus.models.focal_stack.memory import CPU_MODES, MODES, choose_mode, estimate_flops
from refocus.models.focal_stack.run_settings import ClipRange
from refocus.models.memory import MemoryMode, explain_out_of_memory
from refocus.models.runtime.devices import model_dtype
from refocus.models.runtime.jobs import OnStep, seeded, step_callback
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.components import hide_loading_messages
from refocus.models.weights.hub import all_cached
from refocus.models.weights.spec import NO_REVISIONS, check_commit, pinned
from refocus.results.request import RefocusRequest

if TYPE_CHECKING:
    import torch

    from refocus.models import FocalStackPipeline

SPECS = (BASE_WEIGHTS, UNET_WEIGHTS)
DOWNLOAD_BYTES = sum(spec.size_bytes for spec in SPECS)
_ZERO_GPU_FLOPS = 50e12  # per second in 16 bits, a cautious estimate
_ZERO_GPU_EXTRA_S = 15  # to move the model to the GPU
_HOW_TO_GET = (
    "Read their licences and get them with `python -m refocus engines --download video-diffusion`, "
    "or give their folder with --model or REFOCUS_MODELS."
)
_LESS_MEMORY = "Close other programs, give a smaller photo, or choose the thin-lens engine"


@dataclass(frozen=True, slots=True, eq=False)
class VideoJob:
    """One run of the model; data on the CPU only.

    Attributes:
        photos_srgb: (height, width, 3) uint8 each, at working size.
        input_positions: of each photo.
        steps, seed: see `RefocusRequest`.
        mode: memory mode.
        flops: floating-point operations of the run.
        guidance_scale, decode_overlap, clip_range: see `FocalStackPipeline.__call__`.
        model_frames: frames that the model makes; a tenth only repeats the ninth, and is left out.
    """

    photos_srgb: tuple[NDArray[np.uint8], ...]
    input_positions: tuple[int, ...]
    steps: int
    seed: int
    mode: MemoryMode
    flops: float
    guidance_scale: float
    decode_overlap: int
    clip_range: ClipRange
    model_frames: int

    @classmethod
    def from_request(
        cls,
        photo: Photo,
        size: tuple[int, int],
        request: RefocusRequest,
        mode: MemoryMode,
        share: float,
        model_frames: int = DEFAULT_FRAMES,
    ) -> "VideoJob":
        """The job for a photo at a working size (width, height).

        Args:
            photo: at its full size, perhaps with more photos of the scene.
            size: working size.
            request: with steps, input positions and guidance set.
            mode: memory mode.
            share: see `VideoModel.place`.
            model_frames: see `TrainedAs`.
        """
        if request.steps is None or request.input_position is None or request.guidance is None:
            raise ValueError("steps, input position and guidance must be set")
        return cls(
            tuple(_resized(one, size) for one in (photo, *photo.more)),
            (request.input_position, *(request.positions_of_more or ())),
            request.steps,
            request.seed,
            mode,
            estimate_flops(*size, steps=request.steps, guided=request.guidance > 0, frames=model_frames) * share,
            request.guidance,
            min(request.decode_overlap, mode.decode_chunk_size - 1),
            "corrected" if request.corrected_clip else "published",
            model_frames,
        )


def _resized(photo: Photo, size: tuple[int, int]) -> NDArray[np.uint8]:
    """As in the published code."""
    return np.asarray(Image.fromarray(photo.rgb).resize(size, Image.Resampling.BICUBIC))


def find_weights(models: Path | None, revisions: Mapping[str, str] = NO_REVISIONS) -> FocalStackFolders:
    """Find the weights in a folder of either layout (`find_focal_stack`), or in the hub's cache.

    Args:
        models: the folder; None for the cache.
        revisions: chosen by the user, by repository.

    Raises:
        WeightsMissing: when they are missing, or of another revision.
    """
    base, unet = (pinned(spec, revisions) for spec in SPECS)
    if models is None:
        base_folder, unet_folder = all_cached((base, unet), _HOW_TO_GET)
        return FocalStackFolders(base=base_folder, unet=unet_folder / UNET_SUBFOLDER)
    folders = find_focal_stack(models, base=base, unet=unet)
    check_commit(folders.base, base)
    check_commit(folders.unet, unet)
    return folders


def out_of_memory_todo(mode: MemoryMode) -> str:
    """What to do when a mode did not fit: the next mode that needs less memory, by name."""
    modes = next(modes for modes in (MODES, CPU_MODES) if mode in modes)
    smaller = modes[modes.index(mode) + 1 :]
    return f"{_LESS_MEMORY}, or set REFOCUS_MEMORY to “{smaller[0].name}”." if smaller else f"{_LESS_MEMORY}."


class VideoModel(SharedModel[VideoJob, NDArray[np.uint8]]):
    """The video model. A run returns (frames, height, width, 3) uint8 sRGB, frame 0 nearest."""

    def place(self, folders: FocalStackFolders, size: tuple[int, int], share: float) -> MemoryMode:
        """Load the model if necessary, and place it on its device in the fastest mode that fits.

        Args:
            folders: of the weights.
            size: working size (width, height) in pixels.
            share: the model's parameters divided by those of the published one; tests use a model of a thousandth.

        Raises:
            WeightsMissing: when a part is damaged or of another model.
            EngineNotReady: when memory is short.
        """
        device = self.device()
        mode = self.memory_mode(device, size, share, trained_as(folders.unet).frames)

        def load() -> "FocalStackPipeline":
            hide_loading_messages()
            from refocus.models import FocalStackPipeline

            pipe = FocalStackPipeline.from_folders(folders, dtype=model_dtype(device))
            pipe.set_progress_bar_config(disable=True)
            return pipe

        if self._zero_gpu and self.is_loaded:
            return mode  # it was placed at the start of the app, and ZeroGPU takes it to the GPU of each run
        with explain_out_of_memory(out_of_memory_todo(mode)):
            pipe = self._slot.get_or_load(folders, load)
            if mode.offload == "model":
                pipe.enable_model_cpu_offload(device=device)
            else:
                pipe.remove_all_hooks()
                pipe.to(device)
        return mode

    def memory_mode(
        self, device: "torch.device", size: tuple[int, int], share: float, frames: int = DEFAULT_FRAMES
    ) -> MemoryMode:
        """The mode in the settings, or the fastest that fits; on ZeroGPU, whose memory is not visible, the fastest.

        Raises:
            EngineNotReady: when no mode fits, or the one in the settings is not available on the device.
        """
        modes = CPU_MODES if device.type == "cpu" else MODES
        if self._zero_gpu and self._memory is None:
            return modes[0]
        free = 0 if self._memory is not None else int(self._available_bytes(device) / share)
        return choose_mode(free, *size, frames, modes=modes, name=self._memory)

    def _run_job(self, job: VideoJob, on_step: OnStep) -> NDArray[np.uint8]:
        height, width = job.photos_srgb[0].shape[:2]
        pipe: Any = self._slot.model
        with explain_out_of_memory(out_of_memory_todo(job.mode)):
            output = pipe(
                job.photos_srgb,
                input_position=job.input_positions,
                num_frames=job.model_frames,
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
        return np.round(output.frames[:DEFAULT_FRAMES] * 255).astype(np.uint8)

    def _max_gpu_seconds(self, job: VideoJob) -> int:
        return math.ceil(_ZERO_GPU_EXTRA_S + job.flops / _ZERO_GPU_FLOPS)
