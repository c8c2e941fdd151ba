"""The generative engine: DeblurNet sharpens the photo, BokehNet renders the bokeh of each focus distance.

Generative Refocusing: Flexible Defocus Control from a Single Image (arXiv 2512.16923), on FLUX.1-dev.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, Progress, Scene, Stages
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import GENERATIVE
from refocus.core.sizes import MIN_SIDE_PX
from refocus.depth import fit_disparity
from refocus.depth.sources import RECORDED_SHARP, DepthPlan, DepthSources, FoundDepth
from refocus.engines.contract import EngineSpec
from refocus.engines.diffusion_engine import DiffusionEngine, format_steps
from refocus.engines.generative.bokehnet import BokehNet, at_size, lacking
from refocus.engines.generative.model import FluxJob, FluxWeights, GenerativeModel
from refocus.engines.generative.pre_deblur import (
    conditions_note,
    pre_deblur_choice,
    pre_deblurred_picture,
    unused_note,
)
from refocus.engines.generative.weights import DOWNLOAD_BYTES, download, download_pre_deblur, find_weights
from refocus.media import Photo
from refocus.models.generative_refocus.network_specs import DEFAULT_STEPS
from refocus.models.generative_refocus.token_grid import fit_photo
from refocus.models.memory import MemoryMode
from refocus.models.weights.hub import Announce
from refocus.models.weights.spec import NO_REVISIONS
from refocus.optics import Aperture
from refocus.results.blur_amount import blur_slope
from refocus.results.refocused import Refocused
from refocus.results.request import DEFAULT_LONG_SIDE, RefocusRequest
from refocus.results.run_options import options_used_by

if TYPE_CHECKING:
    import torch

SPEC = EngineSpec(
    name=GENERATIVE,
    title="Generative",
    summary="Restores what was out of focus, then generates the blur of each focus distance.",
    needs=f"Wants a GPU of 12 GB or more, better 48, and a download of {DOWNLOAD_BYTES / 1e9:.0f} GB under the FLUX.1 "
    "[dev] Non-Commercial License.",
    options=options_used_by(GENERATIVE),
    published_steps=DEFAULT_STEPS,
)
_TYPICAL_SIZE = (DEFAULT_LONG_SIDE, DEFAULT_LONG_SIDE * 3 // 4)
_READING_STAGE, _LOADING_STAGE, _SHARP_STAGE, _DEPTH_STAGE, _RENDER_STAGE = (
    "Reading the photo",
    "Loading FLUX.1-dev",
    "Making everything sharp",
    "Looking for what is near and far",
    "Rendering the focal stack",
)


class GenerativeEngine(DiffusionEngine[GenerativeModel]):
    """Sharpens the photo with DeblurNet and renders the stack with BokehNet, two LoRAs of FLUX.1-dev.

    Args:
        models: folder of weights (`find_files`); None looks into the hub's cache.
        device: "cpu", "cuda", ...; None uses a GPU if there is one.
        zero_gpu: whether this is a Space on ZeroGPU.
        memory: name of a mode of `generative_refocus.memory`; None chooses the best that fits.
        revisions: revision of each repository of weights; the default revision for those not named.
        depth: finds the disparity; None uses only maps in the photo and the built-in network.
    """

    spec = SPEC
    model_class = GenerativeModel

    def __init__(
        self,
        *,
        models: Path | None = None,
        device: str | None = None,
        zero_gpu: bool = False,
        memory: str | None = None,
        revisions: Mapping[str, str] = NO_REVISIONS,
        depth: DepthSources | None = None,
    ) -> None:
        super().__init__(models=models, device=device, zero_gpu=zero_gpu, memory=memory, revisions=revisions)
        self._depth = depth or DepthSources()

    def _typical_flops(self) -> float:
        return self._weights().flops(_TYPICAL_SIZE, DEFAULT_STEPS)

    def _cpu_warning(self, duration: str) -> str:
        return f"without a GPU each frame of {DEFAULT_LONG_SIDE} px takes it {duration}"

    def _place_typical(self) -> None:
        self._model.place(self._weights(), _TYPICAL_SIZE)

    def _weights(self, *, pre_deblur: bool = False) -> FluxWeights:
        return FluxWeights.checked(find_weights(self._models, self._revisions, pre_deblur=pre_deblur))

    def download(self, announce: Announce) -> None:
        """See `Engine.download`."""
        download(announce, self._revisions)

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """See `Engine.refocus`. An all-in-focus picture in the photo's file is used in place of DeblurNet's."""
        plan = self._depth.plan(photo, request.depth_source, progress)
        working = _resized(photo, request)
        sharp = request.sharp or working.all_in_focus is not None
        pre_deblur = "off" if sharp else pre_deblur_choice(photo, request)
        unused = unused_note(photo, request) if sharp else ()
        request = replace(request, steps=request.steps or DEFAULT_STEPS, sharp=sharp, pre_deblur=pre_deblur)
        aperture = Aperture.named(request.aperture)
        downloads = pre_deblur != "off" and self._models is None
        downloaded = download_pre_deblur(progress, self._revisions) if downloads else ()
        weights = self._weights(pre_deblur=pre_deblur != "off")
        job = _deblur_job(working, request, weights)
        by_bokehnet = not (
            request.blur_amount.is_none or lacking(aperture, shapes=weights.files.shape_lora is not None)
        )
        pictures = (not sharp) + (request.frames if by_bokehnet else 0)
        stages = Stages(_stage_weights(request, loads=pictures > 0), progress)
        mode = self._load(weights, job, pictures, stages)
        sharp_srgb = self._sharpened(weights, job, working, request, stages)
        scene, found = self._scene(plan, working, sharp_srgb, request, stages)
        observer.scene_known(scene)
        slope = blur_slope(scene.disparity, found.camera, amount=request.blur_amount)
        renderer = BokehNet(
            self._model,
            weights,
            sharp_srgb,
            job.steps,
            request.seed,
            doubled=request.double_bokehnet_blur,
            tiling=request.tiling,
        )
        with stages.stage(_RENDER_STAGE) as report:
            stack = renderer.stack(scene, request.frames, slope.coc_px_per_disparity, aperture, report)
        return Refocused(
            photo=replace(photo, camera=found.camera),
            scene=scene,
            stack=stack,
            engine=self.spec.name,
            request=request,
            seed=request.seed,
            seconds=stages.seconds,
            weights=weights.files.weights_used,
            engine_notes=(
                *photo.notes,
                *((RECORDED_SHARP,) if photo.all_in_focus is not None else ()),
                *downloaded,
                *unused,
                *_sharpening_notes(job, request, scene, weights),
                *found.notes,
                *slope.notes,
                *renderer.notes(scene, slope.coc_px_per_disparity, aperture),
                *(_mode_notes(mode, self._model.device(), job) if mode is not None else ()),
            ),
            renderer=renderer,
        )

    def _load(self, weights: FluxWeights, job: FluxJob, pictures: int, stages: Stages) -> MemoryMode | None:
        """Load the model when pictures are to be generated; on a processor the message says how long they take."""
        if pictures == 0:
            with stages.stage(_READING_STAGE):
                return None
        duration = self._cpu_duration(pictures * job.flops)
        with (
            stages.stage(
                _LOADING_STAGE, description=f"{_LOADING_STAGE}, then {duration}" if duration else ""
            ) as report,
            self._model.exclusive(lambda: report(0.0)),
        ):
            return self._model.place(weights, job.size, job.tiling)

    def _sharpened(
        self, weights: FluxWeights, job: FluxJob, working: Photo, request: RefocusRequest, stages: Stages
    ) -> NDArray[np.uint8]:
        """DeblurNet's picture at working size, or the photo when it is sharp."""
        with stages.stage(_SHARP_STAGE) as report:
            if request.sharp:
                return job.photo_srgb
            pre_deblurred_srgb = pre_deblurred_picture(working, request.pre_deblur, job.size, lambda: report(0.0))
            job = replace(job, pre_deblurred_srgb=pre_deblurred_srgb)
            return self._model.picture(weights, job, lambda done: report(done / job.runs), lambda: report(0.0))

    def _scene(
        self,
        plan: DepthPlan,
        working: Photo,
        sharp_srgb: NDArray[np.uint8],
        request: RefocusRequest,
        stages: Stages,
    ) -> tuple[Scene, FoundDepth]:
        with stages.stage(_DEPTH_STAGE) as report:
            all_in_focus = _sharpest(working) if request.sharp else at_size(sharp_srgb, (working.width, working.height))
            # A downloaded network gets the sharp picture, as published; the built-in one knows blurred photos.
            found = self._depth.find(
                plan, working, on_wait=partial(report, 0.0), network_input=all_in_focus, touch_up=request.touch_up
            )
            return Scene(all_in_focus, found.disparity), found


def _resized(photo: Photo, request: RefocusRequest) -> Photo:
    """The photo at the size of the results.

    Raises:
        BadInput: when a side is too short for the model, or the photo's disparity map has other proportions.
    """
    working = photo.resized(request.long_side)
    if min(working.width, working.height) < MIN_SIDE_PX:
        raise BadInput(
            f"The photo is {working.width}x{working.height} px at this size, too thin for the generative engine.",
            todo=f"Each side needs {MIN_SIDE_PX} px: choose a larger long side, or another photo.",
        )
    if photo.disparity is not None:
        fit_disparity(photo.disparity, (working.height, working.width))  # refused before hours of work
    return working


def _sharpest(photo: Photo) -> NDArray[np.uint8]:
    """The all-in-focus picture of the photo's file, or the photo; (height, width, 3) uint8 sRGB."""
    return photo.rgb if photo.all_in_focus is None else photo.all_in_focus


def _deblur_job(working: Photo, request: RefocusRequest, weights: FluxWeights) -> FluxJob:
    """The job of DeblurNet; both sides of its picture are multiples of 16."""
    fitted = fit_photo(Image.fromarray(_sharpest(working)))
    steps = request.steps or DEFAULT_STEPS
    conditions = 1 if request.pre_deblur == "off" else 2
    flops = weights.flops(fitted.size, steps, conditions=conditions, tiling=request.tiling)
    return FluxJob(np.asarray(fitted), None, request.restore or "", steps, request.seed, flops, tiling=request.tiling)


def _stage_weights(request: RefocusRequest, *, loads: bool) -> dict[str, float]:
    sharpening = 0.01 if request.sharp else 10.0
    first = _LOADING_STAGE if loads else _READING_STAGE
    return {first: 3.0, _SHARP_STAGE: sharpening, _DEPTH_STAGE: 1.0, _RENDER_STAGE: 10.0 * request.frames}


def _sharpening_notes(job: FluxJob, request: RefocusRequest, scene: Scene, weights: FluxWeights) -> Iterator[str]:
    (width, height), (rows, columns) = job.size, scene.all_in_focus.shape[:2]
    if (height, width) != (rows, columns):
        yield f"FLUX.1-dev worked at {width}x{height} px; the frames are {columns}x{rows} px."
    if not request.sharp:
        prompt = f", with the prompt “{request.restore}”" if request.restore else ""
        sharpened = f"DeblurNet made the photo sharp in {format_steps(job.steps)}"
        yield f"{sharpened}{prompt}; details hidden by the blur are invented."
        yield conditions_note(request.pre_deblur, weights)
    elif request.restore:
        yield f"“{request.restore}” was not used: it guides the sharpening, and the photo was not to be changed."


def _mode_notes(mode: MemoryMode, device: "torch.device", job: FluxJob) -> Iterator[str]:
    yield f"FLUX.1-dev ran on {device} as {mode.name}, from seed {job.seed}."
    if max(job.size) > mode.vae_tile_px:
        yield f"To save memory its VAE worked in tiles of {mode.vae_tile_px} px, which changes the picture slightly."
