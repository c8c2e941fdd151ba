"""The video-diffusion engine: a fine-tuned Stable Video Diffusion imagines the whole focal stack at once.

Learning to Refocus with Video Diffusion Models (Tedla et al., SIGGRAPH Asia 2025, arXiv 2512.19823).
"""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, FocalStack, Progress, Scene, Stages, stack_focus_disparity
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.settings import VIDEO_DIFFUSION
from refocus.depth import fit_disparity
from refocus.engines.contract import EngineSpec
from refocus.engines.diffusion_engine import DiffusionEngine
from refocus.engines.video_diffusion.input_position import find_input_position
from refocus.engines.video_diffusion.model import (
    DOWNLOAD_BYTES,
    SPECS,
    VideoJob,
    VideoModel,
    find_weights,
    weights_used,
)
from refocus.media import Photo
from refocus.models.focal_stack.checkpoint import check_folders, fetch_focal_stack
from refocus.models.focal_stack.memory import UNET_PARAMETERS, estimate_flops
from refocus.models.focal_stack.run_settings import DEFAULT_DECODE_CHUNK, DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS
from refocus.models.focal_stack.working_size import MAX_PIXELS, working_size
from refocus.models.memory import MemoryMode
from refocus.models.runtime.devices import cpu_seconds, format_duration, model_dtype
from refocus.models.weights.hub import Announce
from refocus.models.weights.spec import NO_REVISIONS, pinned
from refocus.results.full_size import resized_srgb, unstretched_size, with_photo_detail
from refocus.results.observer import NO_OBSERVER, Observer
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest
from refocus.results.run_options import options_for_pictures, options_used_by

if TYPE_CHECKING:
    import torch

SPEC = EngineSpec(
    name=VIDEO_DIFFUSION,
    title="Video diffusion",
    summary=f"Imagines what a lens would have seen at {DEFAULT_FRAMES} distances, also behind what is blurred.",
    needs=f"Wants a GPU of 6 GB or more and a download of {DOWNLOAD_BYTES / 1e9:.1f} GB under the Stability AI "
    "Community License (research and non-commercial use).",
    options=options_used_by(VIDEO_DIFFUSION),
    published_steps=DEFAULT_STEPS,
    for_pictures=options_for_pictures(VIDEO_DIFFUSION),
)
_TYPICAL_SIZE = (math.isqrt(MAX_PIXELS), math.isqrt(MAX_PIXELS))
_POSITION_STAGE, _LOADING_STAGE, _MAKING_STAGE, _SCENE_STAGE = (
    "Looking where it was focused",
    "Loading the video model",
    f"Making {DEFAULT_FRAMES} frames",
    "Finding depth in the frames",
)


class VideoDiffusionEngine(DiffusionEngine):
    """Makes the stack with a video diffusion model, then the scene from the stack.

    Args:
        models: folder of weights in either layout (`find_focal_stack`); None looks into the hub's cache.
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        memory: name of a way to run the model (`focal_stack.memory.MODES`); None takes the fastest that fits.
        revisions: of the weights, by repository; those not named are as in their table.
    """

    spec = SPEC

    def __init__(
        self,
        *,
        models: Path | None = None,
        device: str | None = None,
        zero_gpu: bool = False,
        memory: str | None = None,
        revisions: Mapping[str, str] = NO_REVISIONS,
    ) -> None:
        super().__init__(models=models, device=device, zero_gpu=zero_gpu, revisions=revisions)
        self._model = VideoModel(device=device, zero_gpu=zero_gpu, memory=memory)

    @property
    def _shared_model(self) -> VideoModel:
        return self._model

    def _slow_here(self) -> str:
        share = check_folders(find_weights(self._models, self._revisions)) / UNET_PARAMETERS
        duration = format_duration(cpu_seconds(estimate_flops(*_TYPICAL_SIZE) * share))
        return f"without a GPU half a megapixel takes {duration}"

    def _place_typical(self) -> None:
        self._model.place(find_weights(self._models, self._revisions), _TYPICAL_SIZE, share=1.0)

    def download(self, announce: Announce) -> None:
        """See `Engine.download`. What is there already is not asked for again."""
        base, unet = (pinned(spec, self._revisions) for spec in SPECS)
        fetch_focal_stack(announce, base=base, unet=unet)

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """See `Engine.refocus`. Looks at `photo.disparity` only to find the input position."""
        size, steps = _checked(photo, request), request.steps or DEFAULT_STEPS
        folders = find_weights(self._models, self._revisions)
        share = check_folders(folders) / UNET_PARAMETERS
        device = self._model.device()
        guidance = DEFAULT_GUIDANCE_SCALE if request.guidance is None else request.guidance
        flops = estimate_flops(*size, steps=steps, guided=guidance > 0) * share
        stages = Stages({_POSITION_STAGE: 1, _LOADING_STAGE: 1, _MAKING_STAGE: 10, _SCENE_STAGE: 2}, progress)
        with stages.stage(_POSITION_STAGE):
            position = find_input_position(photo, request.input_position)
        with ExitStack() as turn:
            with stages.stage(_LOADING_STAGE) as report:
                turn.enter_context(self._model.turn(lambda: report(0.0)))
                mode = self._model.place(folders, size, share)
            with stages.stage(_MAKING_STAGE, description=_said_before(device, flops)) as report:
                small = np.asarray(Image.fromarray(photo.rgb).resize(size, Image.Resampling.BICUBIC))  # as the model
                job = VideoJob(
                    small,
                    position.index,
                    steps,
                    request.seed,
                    mode,
                    flops,
                    guidance_scale=guidance,
                    decode_overlap=min(request.decode_overlap, mode.decode_chunk_size - 1),
                    clip_range="corrected" if request.corrected_clip else "published",
                )
                frames_srgb = self._model.run(job, lambda done: report(done / (steps + 1)))  # decoding is one more
        with stages.stage(_SCENE_STAGE) as report:
            scene, stack = _scene_and_stack(frames_srgb, photo, request, report)
        return Refocused(
            photo=photo,
            scene=scene,
            stack=stack,
            engine=self.spec.name,
            request=replace(request, steps=steps, input_position=position.index, guidance=guidance),
            seed=request.seed,
            seconds=stages.seconds,
            weights=weights_used(folders),
            engine_notes=(
                *photo.notes,
                position.note,
                _size_note(size, stack, request),
                _making_note(job, device),
                *_mode_notes(mode),
            ),
        )


def _checked(photo: Photo, request: RefocusRequest) -> tuple[int, int]:
    """The working size (width, height), when the model can serve the request.

    Raises:
        BadInput: for another number of frames, or a photo too thin.
    """
    if request.frames != DEFAULT_FRAMES:
        raise BadInput(
            f"The video model makes {DEFAULT_FRAMES} frames, not {request.frames}.",
            todo=f"Ask for {DEFAULT_FRAMES} frames, or choose the thin-lens engine.",
        )
    return working_size(photo.width, photo.height)


def _said_before(device: "torch.device", flops: float) -> str:
    """On a processor, how long it will take is said before it begins."""
    return f"{_MAKING_STAGE}: {format_duration(cpu_seconds(flops))}" if device.type == "cpu" else ""


def _making_note(job: VideoJob, device: "torch.device") -> str:
    dtype = str(model_dtype(device)).removeprefix("torch.")
    steps = f"{job.steps} {'step' if job.steps == 1 else 'steps'}"
    unusual = "".join(
        said
        for said, is_so in (
            (f", guidance {job.guidance_scale:g}", job.guidance_scale != DEFAULT_GUIDANCE_SCALE),
            (f", decoded in chunks that share {job.decode_overlap}", job.decode_overlap > 0),
            (", CLIP's range corrected", job.clip_range == "corrected"),
        )
        if is_so
    )
    return f"Made in {steps} from seed {job.seed}, on {device} in {dtype} (memory mode {job.mode.name}){unusual}."


def _scene_and_stack(
    frames_srgb: NDArray[np.uint8], photo: Photo, request: RefocusRequest, report: Callable[[float], None]
) -> tuple[Scene, FocalStack]:
    """The frames in the photo's proportions, or at its size, and the scene they show."""
    from refocus.optics import scene_from_stack

    focus = stack_focus_disparity(1.0, 0.0, len(frames_srgb))
    working, own = (frames_srgb.shape[2], frames_srgb.shape[1]), (photo.width, photo.height)
    unstretched = unstretched_size(working, own)
    stack = FocalStack(np.stack([resized_srgb(frame, unstretched) for frame in frames_srgb]), focus)
    scene = scene_from_stack(stack)
    if not request.full_size or unstretched == own:
        return scene, stack
    full = np.empty((len(frames_srgb), photo.height, photo.width, 3), np.uint8)
    for index, frame in enumerate(stack.frames):
        report(0.5 + 0.5 * index / len(full))
        full[index] = with_photo_detail(frame, photo.rgb)
    disparity = fit_disparity(scene.disparity, (photo.height, photo.width))
    return Scene(with_photo_detail(scene.all_in_focus, photo.rgb), disparity), FocalStack(full, focus)


def _size_note(working: tuple[int, int], stack: FocalStack, request: RefocusRequest) -> str:
    height, width = stack.frames.shape[1:3]
    detail = ", with the photo's own detail where they show the same" if request.full_size else ""
    return f"The video model worked at {working[0]}x{working[1]} px; the frames are {width}x{height} px{detail}."


def _mode_notes(mode: MemoryMode) -> tuple[str, ...]:
    if mode.decode_chunk_size == DEFAULT_DECODE_CHUNK:
        return ()
    return (
        f"To save memory {mode.decode_chunk_size} frames at a time were decoded; they differ a little from the "
        "published system's.",
    )
