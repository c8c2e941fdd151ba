"""The video-diffusion engine: a fine-tuned Stable Video Diffusion generates the whole focal stack at once.

Learning to Refocus with Video Diffusion Models (Tedla et al., SIGGRAPH Asia 2025, arXiv 2512.19823).
"""

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, FocalStack, Progress, Scene, Stages, WeightsMissing, stack_focus_disparity
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import VIDEO_DIFFUSION
from refocus.depth import fit_disparity
from refocus.engines.contract import EngineSpec
from refocus.engines.diffusion_engine import DiffusionEngine, format_steps
from refocus.engines.video_diffusion.input_position import InputPosition, find_input_position
from refocus.engines.video_diffusion.model import (
    DOWNLOAD_BYTES,
    SPECS,
    VideoJob,
    VideoModel,
    find_weights,
)
from refocus.media import Photo
from refocus.models.focal_stack.checkpoint import (
    check_folders,
    fetch_focal_stack,
    trained_as,
)
from refocus.models.focal_stack.memory import UNET_PARAMETERS, estimate_flops
from refocus.models.focal_stack.run_settings import (
    DEFAULT_DECODE_CHUNK,
    DEFAULT_GUIDANCE_SCALE,
    DEFAULT_STEPS,
    MAX_INPUTS,
)
from refocus.models.focal_stack.working_size import MAX_PIXELS, working_size
from refocus.models.memory import MemoryMode
from refocus.models.runtime.devices import model_dtype
from refocus.models.weights.hub import Announce
from refocus.models.weights.spec import pinned
from refocus.results.full_size import resized_srgb, unstretched_size, with_photo_detail
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest
from refocus.results.run_options import options_for_pictures, options_used_by

if TYPE_CHECKING:
    import torch

SPEC = EngineSpec(
    name=VIDEO_DIFFUSION,
    title="Video diffusion",
    summary=f"Generates what a lens would have seen at {DEFAULT_FRAMES} distances, also behind what is blurred.",
    needs=f"Wants a GPU of 6 GB or more and a download of {DOWNLOAD_BYTES / 1e9:.1f} GB under the Stability AI "
    "Community License (research and non-commercial use).",
    options=options_used_by(VIDEO_DIFFUSION),
    published_steps=DEFAULT_STEPS,
    for_pictures=options_for_pictures(VIDEO_DIFFUSION),
)
_FOR_SEVERAL = frozenset({"more_photos", "more_positions"})
_TYPICAL_SIZE = (math.isqrt(MAX_PIXELS), math.isqrt(MAX_PIXELS))
_POSITION_STAGE, _LOADING_STAGE, _MAKING_STAGE, _SCENE_STAGE = (
    "Looking where it was focused",
    "Loading the video model",
    f"Making {DEFAULT_FRAMES} frames",
    "Finding depth in the frames",
)


class VideoDiffusionEngine(DiffusionEngine[VideoModel]):
    """Makes the stack with a video diffusion model, then computes the scene from the stack.

    The arguments are those of `DiffusionEngine`; `models` has either layout of `find_focal_stack`, and `memory` is the
    name of a mode of `focal_stack.memory`.
    """

    model_class = VideoModel

    @property
    def spec(self) -> EngineSpec:
        """See `Engine.spec`. Several photos of a scene are an option when the weights were trained with several."""
        try:
            several = trained_as(find_weights(self._models, self._revisions).unet).several_inputs
        except WeightsMissing:
            several = False
        if several:
            return replace(SPEC, summary=f"{SPEC.summary} These weights take up to {MAX_INPUTS} photos of a scene.")
        return replace(SPEC, options=SPEC.options - _FOR_SEVERAL)

    def _typical_flops(self) -> float:
        parameters = check_folders(find_weights(self._models, self._revisions))
        return estimate_flops(*_TYPICAL_SIZE) * parameters / UNET_PARAMETERS

    def _cpu_warning(self, duration: str) -> str:
        return f"without a GPU half a megapixel takes {duration}"

    def _place_typical(self) -> None:
        self._model.place(find_weights(self._models, self._revisions), _TYPICAL_SIZE, share=1.0)

    def download(self, announce: Announce) -> None:
        """See `Engine.download`."""
        base, unet = (pinned(spec, self._revisions) for spec in SPECS)
        fetch_focal_stack(announce, base=base, unet=unet)

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """See `Engine.refocus`. `photo.disparity` is used only to find the input position."""
        size = _checked_size(photo, request)
        folders = find_weights(self._models, self._revisions)
        share = check_folders(folders) / UNET_PARAMETERS
        device = self._model.device()
        stages = Stages({_POSITION_STAGE: 1, _LOADING_STAGE: 1, _MAKING_STAGE: 10, _SCENE_STAGE: 2}, progress)
        with stages.stage(_POSITION_STAGE):
            positions = _input_positions(photo, request)
        request = replace(
            request,
            steps=request.steps or DEFAULT_STEPS,
            input_position=positions[0].index,
            more_positions=",".join(str(position.index) for position in positions[1:]) or None,
            guidance=DEFAULT_GUIDANCE_SCALE if request.guidance is None else request.guidance,
        )
        with ExitStack() as model_held:
            with stages.stage(_LOADING_STAGE) as report:
                model_held.enter_context(self._model.exclusive(lambda: report(0.0)))
                mode = self._model.place(folders, size, share)
            job = VideoJob.from_request(photo, size, request, mode, share, trained_as(folders.unet).frames)
            duration = self._cpu_duration(job.flops)
            with stages.stage(_MAKING_STAGE, description=f"{_MAKING_STAGE}: {duration}" if duration else "") as report:
                # Decoding counts as one more step.
                frames_srgb = self._model.run(job, lambda done: report(done / (job.steps + 1)))
        with stages.stage(_SCENE_STAGE) as report:
            scene, stack = _scene_and_stack(frames_srgb, photo, request, report)
        return Refocused(
            photo=photo,
            scene=scene,
            stack=stack,
            engine=self.spec.name,
            request=request,
            seed=request.seed,
            seconds=stages.seconds,
            weights=folders.weights_used,
            engine_notes=(
                *photo.notes,
                *(position.note for position in positions),
                _size_note(size, stack, request),
                _run_note(job, device),
                *_mode_notes(mode),
                *_frames_notes(job),
            ),
        )


def _checked_size(photo: Photo, request: RefocusRequest) -> tuple[int, int]:
    """The model's working size (width, height) for a photo.

    Raises:
        BadInput: for another number of frames, or a photo that is too narrow.
    """
    if request.frames != DEFAULT_FRAMES:
        raise BadInput(
            f"The video model makes {DEFAULT_FRAMES} frames, not {request.frames}.",
            todo=f"Ask for {DEFAULT_FRAMES} frames, or choose the thin-lens engine.",
        )
    return working_size(photo.width, photo.height)


def _input_positions(photo: Photo, request: RefocusRequest) -> list[InputPosition]:
    """Where the photo and those beside it were focused.

    Raises:
        BadInput: when there are too many, not as many positions, or two are at one position.
    """
    given = request.positions_of_more
    if len(photo.more) >= MAX_INPUTS:
        raise BadInput(f"{len(photo.more) + 1} photos are too many.", todo=f"Give up to {MAX_INPUTS} of the scene.")
    if given is not None and len(given) != len(photo.more):
        raise BadInput(
            f"More photos of the scene: {len(photo.more)}; positions of them: {len(given)}.",
            todo="Give a position for each of --more-photos with --more-positions, or none.",
        )
    found = [find_input_position(photo, request.input_position)]
    for other, position in zip(photo.more, given or [None] * len(photo.more), strict=True):
        found.append(find_input_position(other, position, called=f"{other.name}, of the same scene,"))
    indexes = [position.index for position in found]
    if len(set(indexes)) < len(indexes):
        raise BadInput(
            f"Two photos are at one position: {', '.join(map(str, indexes))}.",
            todo="Say where each was focused with --input-position and --more-positions.",
        )
    return found


def _run_note(job: VideoJob, device: "torch.device") -> str:
    dtype = str(model_dtype(device)).removeprefix("torch.")
    changes = (
        (job.guidance_scale != DEFAULT_GUIDANCE_SCALE, f", guidance {job.guidance_scale:g}"),
        (job.decode_overlap > 0, f", decoded in chunks that share {job.decode_overlap}"),
        (job.clip_range == "corrected", ", CLIP's range corrected"),
    )
    changed = "".join(words for is_changed, words in changes if is_changed)
    run = f"Made in {format_steps(job.steps)} from seed {job.seed}, on {device} in {dtype}"
    return f"{run} (memory mode {job.mode.name}){changed}."


def _scene_and_stack(
    frames_srgb: NDArray[np.uint8], photo: Photo, request: RefocusRequest, report: Callable[[float], None]
) -> tuple[Scene, FocalStack]:
    """The frames with the photo's proportions, or at its size, and the scene computed from them."""
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


def _frames_notes(job: VideoJob) -> tuple[str, ...]:
    if job.model_frames == DEFAULT_FRAMES:
        return ()
    return (f"These weights make {job.model_frames} frames; the last one, which repeats the one before, is left out.",)


def _mode_notes(mode: MemoryMode) -> tuple[str, ...]:
    if mode.decode_chunk_size == DEFAULT_DECODE_CHUNK:
        return ()
    return (
        f"To save memory {mode.decode_chunk_size} frames at a time were decoded; they differ a little from the "
        "published system's.",
    )
