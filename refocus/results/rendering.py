"""From a scene to frames and stills by optics; shared by every engine that has a scene."""

from collections.abc import Callable
from contextlib import closing
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, FocalStack, Scene, stack_focus_disparity
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.core.threads import on_one_core
from refocus.optics import Aperture, recover_highlights

_FOCUS_PERCENTILES = (0.5, 99.5)  # so that a few stray pixels do not waste the first and last frames


def _silent(done: float) -> None:
    """Default of `report`: do nothing."""


class StillRenderer(Protocol):
    """Renders single pictures of a scene, in place of optics; supplied by the engine that made the scene."""

    def still(
        self,
        scene: Scene,
        focus_disparity: float,
        coc_px_per_disparity: float,
        aperture: Aperture,
        *,
        highlights: float = 0.0,
        report: Callable[[float], None] = _silent,
    ) -> NDArray[np.uint8]:
        """As `render_still`; what it lacks is left to optics."""

    def lacks(self, aperture: Aperture, highlights: float = 0.0) -> str:
        """Why optics renders such a picture, as a note for the user; empty when the engine does."""


def focus_range(disparity: Disparity) -> tuple[float, float]:
    """Nearest and farthest disparity worth focusing on; all but half a percent of the pixels at either end."""
    farthest, nearest = np.percentile(disparity.values, _FOCUS_PERCENTILES)
    return float(nearest), float(farthest)


def render_focal_stack(
    scene: Scene,
    frames: int,
    coc_px_per_disparity: float,
    aperture: Aperture,
    report: Callable[[float], None],
    *,
    between: tuple[float, float] | None = None,
    highlights: float = 0.0,
) -> FocalStack:
    """Render a stack, uniform in disparity.

    Args:
        scene: what to render.
        frames: 3 to 33.
        coc_px_per_disparity: signed blur diameter per unit of disparity.
        aperture: shape of the lens opening.
        report: called with the fraction done, in [0, 1], after each frame and each big tile; may raise to stop.
        between: nearest and farthest focus; by default `focus_range`.
        highlights: glow of lights, 0 to 1.
    """
    from refocus.optics import prepare_scene  # brings torch, which takes seconds to import

    focus = stack_focus_disparity(*(between or focus_range(scene.disparity)), frames)
    if coc_px_per_disparity == 0 and highlights == 0:
        report(1.0)
        return FocalStack(np.repeat(scene.all_in_focus[None], frames, axis=0), focus)
    prepared = on_one_core(
        lambda: prepare_scene(
            scene_light(scene, highlights),
            scene.disparity.values,
            coc_px_per_disparity=coc_px_per_disparity,
            report=lambda _: report(0.0),
        )
    )
    done = 0

    def within_frame(share: float) -> None:
        report((done + share) / frames)

    rendered = prepared.render_each(map(float, focus), aperture, then=linear_to_srgb8, report=within_frame)
    frames_srgb = np.empty((frames, *scene.all_in_focus.shape), np.uint8)
    with closing(rendered):
        for index, frame_srgb in enumerate(rendered):
            frames_srgb[index] = frame_srgb
            done = index + 1
            report(done / frames)
    return FocalStack(frames_srgb, focus)


def render_still(
    scene: Scene,
    focus_disparity: float,
    coc_px_per_disparity: float,
    aperture: Aperture,
    *,
    highlights: float = 0.0,
    report: Callable[[float], None] = _silent,
) -> NDArray[np.uint8]:
    """Render one picture of a scene at full quality; (height, width, 3) uint8 sRGB.

    Args:
        scene: what to render.
        focus_disparity: what is sharp.
        coc_px_per_disparity: signed blur diameter per unit of disparity.
        aperture: shape of the lens opening.
        highlights: glow of lights, 0 to 1.
        report: called with the fraction done after each tile of a big picture; may raise to stop.
    """
    if coc_px_per_disparity == 0 and highlights == 0:
        return scene.all_in_focus.copy()
    from refocus.optics import prepare_scene  # brings torch, which takes seconds to import

    def rendered() -> NDArray[np.uint8]:
        prepared = prepare_scene(
            scene_light(scene, highlights),
            scene.disparity.values,
            coc_px_per_disparity=coc_px_per_disparity,
            focus_range=(focus_disparity, focus_disparity),
            report=lambda done: report(done / 2),
        )
        return linear_to_srgb8(prepared.render(focus_disparity, aperture, report=lambda done: report((1 + done) / 2)))

    return on_one_core(rendered)


def scene_light(scene: Scene, highlights: float) -> NDArray[np.float32]:
    """The scene's light, linear, (height, width, 3); above 1 where clipped lights are to glow."""
    light_linear = srgb_to_linear(scene.all_in_focus)
    return recover_highlights(light_linear, highlights) if highlights > 0 else light_linear
