"""BokehNet as a renderer. All pictures of a scene start from the same noise, so that they differ only in focus."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import FocalStack, Scene, stack_focus_disparity
from refocus.engines.diffusion_engine import format_steps
from refocus.engines.generative.model import FluxJob, FluxWeights, GenerativeModel
from refocus.models.generative_refocus.defocus import MAX_BLUR_RADIUS_PX, defocus_map
from refocus.models.generative_refocus.token_grid import Tiling
from refocus.optics import Aperture, k_radius_px_from_coc_px
from refocus.results.rendering import focus_range, render_focal_stack, render_still

_ROUND = "circle"  # the shape of BokehNet without its shape condition


@dataclass(frozen=True, slots=True, eq=False)
class BokehNet:
    """Renders one scene with BokehNet.

    Attributes:
        model: runs the jobs.
        weights: to run with.
        sharp_srgb: (height, width, 3) uint8, all in focus; sides multiples of 16.
        steps, seed: of each picture.
        tiling: whether the transformer sees tiles.
        doubled: whether K is twice what the blur diameter asks for; see `RefocusRequest.double_bokehnet_blur`.
    """

    model: GenerativeModel
    weights: FluxWeights
    sharp_srgb: NDArray[np.uint8]
    steps: int
    seed: int
    doubled: bool = False
    tiling: Tiling = "auto"

    def k_radius_px(self, coc_px_per_disparity: float) -> float:
        """BokehNet's K, pixels of blur radius per unit of disparity, for a slope in pixels of diameter."""
        return k_radius_px_from_coc_px(coc_px_per_disparity) * (2 if self.doubled else 1)

    def defocus(self, scene: Scene, focus_disparity: float, coc_px_per_disparity: float) -> NDArray[np.float32]:
        """The defocus map that conditions BokehNet, at FLUX's working size; see `defocus_map`.

        Args:
            scene: with the disparity.
            focus_disparity: disparity in focus.
            coc_px_per_disparity: signed blur diameter per unit of disparity, in pixels of the scene.

        Raises:
            BadInput: when the slope is negative.
        """
        height, width = self.sharp_srgb.shape[:2]
        # The working size is at most 15 px larger than the scene, so the blur needs no scaling.
        fitted = cv2.resize(scene.disparity.values, (width, height), interpolation=cv2.INTER_LINEAR)
        return defocus_map(fitted, focus_disparity, self.k_radius_px(coc_px_per_disparity))

    def stack(
        self,
        scene: Scene,
        frames: int,
        coc_px_per_disparity: float,
        aperture: Aperture,
        report: Callable[[float], None],
    ) -> FocalStack:
        """As `render_focal_stack`, with BokehNet where there is blur and it supports the aperture."""
        if coc_px_per_disparity == 0 or self.lacks(aperture):
            return render_focal_stack(scene, frames, coc_px_per_disparity, aperture, report)
        focus = stack_focus_disparity(*focus_range(scene.disparity), frames)
        frames_srgb = np.empty((frames, *scene.all_in_focus.shape), np.uint8)
        maps = [self.defocus(scene, float(disparity), coc_px_per_disparity) for disparity in focus]
        for index, blur in enumerate(maps):
            if index > 0 and np.array_equal(blur, maps[index - 1]):
                frames_srgb[index] = frames_srgb[index - 1]  # of a flat scene frames are equal
            else:
                frames_srgb[index] = self._picture(blur, aperture, scene, _partial_report(report, index, frames))
        return FocalStack(frames_srgb, focus)

    def still(
        self,
        scene: Scene,
        focus_disparity: float,
        coc_px_per_disparity: float,
        aperture: Aperture,
        *,
        highlights: float = 0.0,
        report: Callable[[float], None] = lambda done: None,
    ) -> NDArray[np.uint8]:
        """As `render_still`, with BokehNet where it supports aperture and highlights."""
        if coc_px_per_disparity == 0 or self.lacks(aperture, highlights):
            return render_still(
                scene, focus_disparity, coc_px_per_disparity, aperture, highlights=highlights, report=report
            )
        defocus = self.defocus(scene, focus_disparity, coc_px_per_disparity)
        return self._picture(defocus, aperture, scene, report)

    def notes(self, scene: Scene, coc_px_per_disparity: float, aperture: Aperture) -> Iterator[str]:
        """Notes for the user on how `stack` rendered the frames."""
        if coc_px_per_disparity == 0:
            yield "Without blur each frame is the all-in-focus picture."
            return
        if self.lacks(aperture):
            yield self.lacks(aperture)
            return
        unit = "diopter" if scene.disparity.metric else "unit of disparity"
        k_radius_px = self.k_radius_px(coc_px_per_disparity)
        yield (
            f"BokehNet rendered each frame in {format_steps(self.steps)} from the same noise, "
            f"with K = {k_radius_px:.4g} px of blur radius per {unit}."
        )
        if self.doubled:
            yield "BokehNet's blur is twice that of a lens, as these settings of an earlier version mean it."
        most_px = (scene.disparity.nearest - scene.disparity.farthest) * k_radius_px
        if most_px > MAX_BLUR_RADIUS_PX:
            yield (
                f"BokehNet knows blur up to a radius of {MAX_BLUR_RADIUS_PX:.0f} px; the strongest here, "
                f"{most_px:.0f} px, stays at that."
            )

    def lacks(self, aperture: Aperture, highlights: float = 0.0) -> str:
        """See `lacking`."""
        return lacking(aperture, highlights, shapes=self.weights.files.shape_lora is not None)

    def _picture(
        self, defocus: NDArray[np.float32], aperture: Aperture, scene: Scene, report: Callable[[float], None]
    ) -> NDArray[np.uint8]:
        """Generate one picture, at the size of the scene."""
        opening = None if aperture.name == _ROUND else aperture.opening()
        height, width = scene.all_in_focus.shape[:2]
        flops = self.weights.flops(defocus.shape[::-1], self.steps, tiling=self.tiling)
        job = FluxJob(self.sharp_srgb, defocus, "", self.steps, self.seed, flops, tiling=self.tiling, opening=opening)
        picture = self.model.picture(self.weights, job, lambda done: report(done / job.runs), lambda: report(0.0))
        return at_size(picture, (width, height))


def lacking(aperture: Aperture, highlights: float = 0.0, *, shapes: bool) -> str:
    """A note for the user on why optics renders a picture instead of BokehNet; empty when BokehNet does.

    Args:
        aperture: of the picture.
        highlights: glow of lights.
        shapes: whether there is a LoRA of the shape condition.
    """
    if aperture.cat_eye > 0 or (aperture.name != _ROUND and not shapes):
        known = "one shape for the whole picture" if shapes else "only round apertures"
        return f"BokehNet knows {known}, so optics rendered the {aperture.name} on the same scene."
    return "BokehNet has no glow of lights, so optics rendered it on the same scene." if highlights > 0 else ""


def _partial_report(report: Callable[[float], None], index: int, count: int) -> Callable[[float], None]:
    """A callback for one of several equal parts that reports progress of the whole."""
    return lambda done: report((index + done) / count)


def at_size(picture_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture resized to (width, height) by Lanczos, as the model's input is."""
    if (picture_srgb.shape[1], picture_srgb.shape[0]) == size:
        return picture_srgb
    return np.asarray(Image.fromarray(picture_srgb).resize(size, Image.Resampling.LANCZOS))
