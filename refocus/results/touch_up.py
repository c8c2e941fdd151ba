"""Renders a result again after the user corrected its depth; nothing is estimated again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from refocus.core import Disparity, Progress, Scene, Stages, silent
from refocus.depth import Stroke, apply_strokes
from refocus.optics import Aperture
from refocus.results.blur_slope import blur_slope
from refocus.results.rendering import render_focal_stack
from refocus.results.stack_result import StackResult

_STAGES = {"Correcting the depth": 1.0, "Rendering the focal stack": 6.0}
_DEPTH_STAGE, _RENDER_STAGE = _STAGES
_Result = TypeVar("_Result", bound=StackResult)


def touched_up_result(
    result: _Result,
    strokes: Sequence[Stroke],
    progress: Progress = silent,
    *,
    untouched: Disparity | None = None,
) -> _Result:
    """The result with strokes applied to its depth, and its frames rendered anew by optics.

    Args:
        result: made by an engine, or already touched up.
        strokes: what to correct, in addition to earlier strokes.
        progress: called with stage and fraction; may raise Cancelled.
        untouched: the depth before any stroke; `strokes` then replace the earlier ones; without strokes it is restored.
    """
    if not strokes and untouched is None:
        return result
    before = result.scene.disparity if untouched is None else untouched
    earlier = result.request.touch_up if untouched is None else ()
    stages = Stages(_STAGES, progress)
    with stages.stage(_DEPTH_STAGE):
        disparity = apply_strokes(before, result.scene.all_in_focus, strokes)
        scene = Scene(result.scene.all_in_focus, disparity)
    request = replace(result.request, touch_up=(*earlier, *strokes))
    slope = blur_slope(
        disparity,
        result.photo.camera,
        long_side_px=max(disparity.values.shape),
        amount=request.blur_amount,
    )
    with stages.stage(_RENDER_STAGE) as report:
        stack = render_focal_stack(
            scene, len(result.stack), slope.coc_px_per_disparity, Aperture.named(request.aperture), report
        )
    return replace(
        result,
        scene=scene,
        stack=stack,
        request=request,
        seconds={**stages.seconds, "total": round(sum(stages.seconds.values()), 3)},
        rerendered=True,
    )
