"""Render pictures with depth through a thin lens with an aperture of any shape. See `prepared_scene` for the method."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from refocus.core.numbers import real
from refocus.core.threads import on_one_core
from refocus.optics.lens.aperture import Aperture
from refocus.optics.render.checks import check_aperture, check_foci
from refocus.optics.render.prepared_scene import CIRCLE, prepare_scene
from refocus.optics.render.quality import Quality

Picture = TypeVar("Picture")


def render_focus(
    scene_linear: Picture,
    disparity: Any,
    *,
    focus_disparity: float,
    coc_px_per_disparity: float,
    aperture: Aperture = CIRCLE,
    quality: Quality = "standard",
    character: float = 0.0,
    alpha: Any = None,
) -> Picture:
    """Render a sharp picture with depth through a thin lens focused on a disparity.

    A point is imaged as the aperture's shape, with a signed diameter of
    `coc_px_per_disparity * (disparity - focus_disparity)` pixels, positive nearer than the focus.

    Args:
        scene_linear: (height, width, 3) float32 linear light, at least 0, may exceed 1; array or tensor.
        disparity: (height, width) float32, larger is nearer.
        focus_disparity: disparity in focus, within the scene's range or [0, 1].
        coc_px_per_disparity: blur diameter in pixels per unit of disparity, at least 0.
        aperture: shape of the lens opening.
        quality: "preview" (fast), "standard" (within 0.2 dB of exact) or "exact".
        character: -1 (creamy) to 1 (soap bubbles), see `BlurKernels`.
        alpha: (height, width) in [0, 1], matte of a nearer surface such as a person with loose hair: its share of each
            pixel. Along the matte's outline it replaces that of the disparity, wherever both sides differ in depth.

    Returns:
        (height, width, 3) float32 linear light: an array, or a tensor on the scene's device.

    Raises:
        BadInput: a ValueError that names the argument, its value and what is allowed.
    """
    return next(
        render_stack(
            scene_linear,
            disparity,
            focus_disparity=[focus_disparity],
            coc_px_per_disparity=coc_px_per_disparity,
            aperture=aperture,
            quality=quality,
            character=character,
            alpha=alpha,
        )
    )


def render_stack(
    scene_linear: Picture,
    disparity: Any,
    *,
    focus_disparity: Sequence[float] | NDArray[np.floating],
    coc_px_per_disparity: float,
    aperture: Aperture = CIRCLE,
    quality: Quality = "standard",
    character: float = 0.0,
    alpha: Any = None,
) -> Iterator[Picture]:
    """Render one scene at several foci, each picture yielded when it is done.

    What does not depend on the focus is computed once, before the first.

    Args:
        focus_disparity: (frames,) disparity in focus in each frame.
        others: as in `render_focus`.

    Raises:
        BadInput: as `render_focus`, at the first frame.
    """
    foci = check_foci(focus_disparity)
    real("character", character, -1.0, 1.0)
    check_aperture(aperture)
    prepared = on_one_core(
        lambda: prepare_scene(
            scene_linear,
            disparity,
            coc_px_per_disparity=coc_px_per_disparity,
            quality=quality,
            alpha=alpha,
            focus_range=(min(foci), max(foci)),
        )
    )
    with closing(prepared.render_each(foci, aperture, character)) as frames:
        for frame in frames:
            yield cast(Picture, frame)
