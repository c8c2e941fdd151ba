"""A result whose depth the user corrected: rendered anew, nothing estimated again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from refocus.core import Disparity, Progress, Scene, Stages, silent
from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.confidence import DEPTH_NOTE, depth_note
from refocus.depth.strokes import Stroke
from refocus.optics import Aperture
from refocus.results.blur_slope import blur_slope
from refocus.results.rendering import render_focal_stack

if TYPE_CHECKING:
    from refocus.results.refocused import Refocused

_NOTE = "Depth was touched up by hand: "
_STAGES = {"Correcting the depth": 1.0, "Rendering the focal stack": 6.0}
_DEPTH_STAGE, _RENDER_STAGE = _STAGES
_BY_OPTICS = "thin-lens"


def touched_up_result(
    result: Refocused,
    strokes: Sequence[Stroke],
    progress: Progress = silent,
    *,
    untouched: Disparity | None = None,
) -> Refocused:
    """The result with strokes applied to its depth, and its frames rendered anew by optics.

    Args:
        result: as some engine made it, or as strokes left it before.
        strokes: what to correct, on top of what was corrected before.
        progress: told how far it is; may raise Cancelled.
        untouched: the depth before any stroke; `strokes` then replace the earlier ones, and none bring it back.
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
        notes=(
            *(_renewed(note, disparity) for note in result.notes if not note.startswith(_NOTE)),
            *((touch_up_note(request.touch_up, result),) if request.touch_up else ()),
        ),
    )


def _renewed(note: str, disparity: Disparity) -> str:
    return depth_note(disparity) if note.startswith(DEPTH_NOTE) else note


def touch_up_note(strokes: Sequence[Stroke], result: Refocused | None = None) -> str:
    """What to say of strokes; and that optics rendered, when another engine had."""
    count = "1 stroke" if len(strokes) == 1 else f"{len(strokes)} strokes"
    optics = "" if result is None or result.engine == _BY_OPTICS else " The frames were rendered anew by optics."
    return f"{_NOTE}{count}.{optics}"
