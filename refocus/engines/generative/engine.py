"""The generative engine: DeblurNet makes the photo sharp, BokehNet renders the bokeh of each focus.

Generative Refocusing: Flexible Defocus Control from a Single Image (arXiv 2512.16923), on FLUX.1-dev.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, Progress, Scene, Stages
from refocus.core.settings import GENERATIVE
from refocus.depth import fit_disparity
from refocus.depth.sources import RECORDED_SHARP, DepthSources
from refocus.engines.contract import EngineSpec
from refocus.engines.diffusion_engine import DiffusionEngine
from refocus.engines.generative.bokehnet import BokehNet, at_size, format_steps
from refocus.engines.generative.model import FluxJob, FluxWeights, GenerativeModel
from refocus.engines.generative.weights import DOWNLOAD_BYTES, download, find_weights, weights_used
from refocus.media import Photo
from refocus.media.decode import MIN_SIDE_PX
from refocus.models.generative_refocus.network_specs import DEFAULT_STEPS
from refocus.models.generative_refocus.token_grid import fit_photo
from refocus.models.memory import MemoryMode
from refocus.models.runtime.devices import cpu_seconds, format_duration
from refocus.models.weights.hub import Announce
from refocus.models.weights.spec import NO_REVISIONS
from refocus.optics import Aperture
from refocus.results.blur_slope import blur_slope
from refocus.results.observer import NO_OBSERVER, Observer
from refocus.results.refocused import Refocused
from refocus.results.request import DEFAULT_LONG_SIDE, RefocusRequest
from refocus.results.run_options import options_used_by

if TYPE_CHECKING:
    import torch

Report = Callable[[float], None]

SPEC = EngineSpec(
    name=GENERATIVE,
    title="Generative",
    summary="Paints what was out of focus sharp again, then paints the blur of each distance.",
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


class GenerativeEngine(DiffusionEngine):
    """Makes the photo sharp and renders the stack with two networks on FLUX.1-dev.

    Args:
        models: folder of weights (`find_files`); None looks into the hub's cache.
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        memory: name of a way to hold the model (`generative_refocus.memory.MODES`); None takes the best that fits.
        depth: finds the disparity; None has only the built-in estimate for photos without a map.
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
        depth: DepthSources | None = None,
        revisions: Mapping[str, str] = NO_REVISIONS,
    ) -> None:
        super().__init__(models=models, device=device, zero_gpu=zero_gpu, revisions=revisions)
        self._depth = depth or DepthSources()
        self._model = GenerativeModel(device=device, zero_gpu=zero_gpu, memory=memory)

    @property
    def _shared_model(self) -> GenerativeModel:
        return self._model

    def _slow_here(self) -> str:
        duration = format_duration(cpu_seconds(self._weights().flops(_TYPICAL_SIZE, DEFAULT_STEPS)))
        return f"without a GPU each frame of {DEFAULT_LONG_SIDE} px takes it {duration}"

    def _place_typical(self) -> None:
        self._model.place(self._weights(), _TYPICAL_SIZE)

    def _weights(self) -> FluxWeights:
        return FluxWeights.checked(find_weights(self._models, self._revisions))

    def download(self, announce: Announce) -> None:
        """See `Engine.download`. What is there already is not asked for again."""
        download(announce, self._revisions)

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """See `Engine.refocus`. A sharp picture that the photo carries stands in for DeblurNet's."""
        steps = request.steps or DEFAULT_STEPS
        plan = self._depth.plan(photo, request.depth_source, progress)
        working = _checked(photo, request)
        start_srgb = working.rgb if working.all_in_focus is None else working.all_in_focus
        request = replace(request, sharp=request.sharp or working.all_in_focus is not None)
        weights = self._weights()
        fitted_srgb = np.asarray(fit_photo(Image.fromarray(start_srgb)))  # both sides multiples of 16
        aperture = Aperture.named(request.aperture)
        job = FluxJob(
            fitted_srgb, None, request.restore or "", steps, request.seed, _flops(weights, fitted_srgb, steps)
        )
        pictures = (not request.sharp) + (0 if BokehNet.lacks(aperture) else request.frames)
        loading = _LOADING_STAGE if pictures else _READING_STAGE
        stages = Stages(_stage_weights(loading, request), progress)
        with stages.stage(loading, description=self._said_before(pictures * job.flops) if pictures else "") as report:
            mode = self._place(weights, fitted_srgb, report) if pictures else None
        with stages.stage(_SHARP_STAGE) as report:
            sharp_srgb = fitted_srgb if request.sharp else self._sharpened(weights, job, report)
        with stages.stage(_DEPTH_STAGE) as report:
            sharp = start_srgb if request.sharp else at_size(sharp_srgb, (working.width, working.height))
            # The built-in cues read the blur of the photo as taken; a network sees the sharp picture, as published.
            found = self._depth.find(
                plan, working, waiting=partial(report, 0.0), network_input=sharp, touch_up=request.touch_up
            )
            scene = Scene(sharp, found.disparity)
        observer.scene_known(scene)
        slope = blur_slope(
            scene.disparity,
            found.camera,
            long_side_px=max(working.width, working.height),
            amount=request.blur_amount,
        )
        net = BokehNet(self._model, weights, sharp_srgb, steps, request.seed)
        with stages.stage(_RENDER_STAGE) as report:
            stack = net.stack(scene, request.frames, slope.coc_px_per_disparity, aperture, report)
        return Refocused(
            photo=replace(photo, camera=found.camera),
            scene=scene,
            stack=stack,
            engine=self.spec.name,
            request=replace(request, steps=steps),
            seed=request.seed,
            seconds=stages.seconds,
            weights=weights_used(weights.files),
            engine_notes=(
                *photo.notes,
                *((RECORDED_SHARP,) if photo.all_in_focus is not None else ()),
                *_making_notes(job, request, scene),
                *found.notes,
                *slope.notes,
                *net.notes(scene, slope.coc_px_per_disparity, aperture),
                *(_mode_notes(mode, self._model.device(), job) if mode is not None else ()),
            ),
            renderer=net,
        )

    def _said_before(self, flops: float) -> str:
        """On a processor, how long everything will take is said before it begins."""
        on_processor = self._model.device().type == "cpu"
        return f"{_LOADING_STAGE}, then {format_duration(cpu_seconds(flops))}" if on_processor else ""

    def _place(self, weights: FluxWeights, fitted_srgb: NDArray[np.uint8], report: Report) -> MemoryMode:
        height, width = fitted_srgb.shape[:2]
        with self._model.turn(lambda: report(0.0)):
            return self._model.place(weights, (width, height))

    def _sharpened(self, weights: FluxWeights, job: FluxJob, report: Report) -> NDArray[np.uint8]:
        return self._model.picture(weights, job, lambda done: report(done / job.runs), lambda: report(0.0))


def _checked(photo: Photo, request: RefocusRequest) -> Photo:
    """The photo at the size of the results.

    Raises:
        BadInput: when a side gets too short for the model, or the photo's map is of another picture.
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


def _flops(weights: FluxWeights, picture_srgb: NDArray[np.uint8], steps: int) -> float:
    return weights.flops((picture_srgb.shape[1], picture_srgb.shape[0]), steps)


def _stage_weights(loading: str, request: RefocusRequest) -> dict[str, float]:
    sharpening = 0.01 if request.sharp else 10.0
    return {loading: 3.0, _SHARP_STAGE: sharpening, _DEPTH_STAGE: 1.0, _RENDER_STAGE: 10.0 * request.frames}


def _making_notes(job: FluxJob, request: RefocusRequest, scene: Scene) -> Iterator[str]:
    (height, width), (rows, columns) = job.photo_srgb.shape[:2], scene.all_in_focus.shape[:2]
    if (height, width) != (rows, columns):
        yield f"FLUX.1-dev worked at {width}x{height} px; the frames are {columns}x{rows} px."
    if not request.sharp:
        told = f", told “{request.restore}”" if request.restore else ""
        yield f"DeblurNet made the photo sharp in {format_steps(job.steps)}{told}; what it could not see it invented."
    elif request.restore:
        yield f"“{request.restore}” was not used: it guides the sharpening, and the photo was to stay as it is."


def _mode_notes(mode: MemoryMode, device: "torch.device", job: FluxJob) -> Iterator[str]:
    yield f"FLUX.1-dev ran on {device} as {mode.name}, from seed {job.seed}."
    if max(job.photo_srgb.shape[:2]) > mode.vae_tile_px:
        yield f"To save memory its VAE worked in tiles of {mode.vae_tile_px} px, which changes the picture slightly."
