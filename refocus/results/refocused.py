"""A refocused photo: what every engine yields and every view starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import Disparity, Progress, Scene, Stages, silent
from refocus.depth import Stroke, apply_strokes
from refocus.media import check_stack_folder, save_stack
from refocus.optics import Aperture
from refocus.prompts import parse_prompt
from refocus.results.blur_amount import BlurAmount, blur_slope
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.rendering import render_focal_stack
from refocus.results.stack_result import StackResult

_TOUCH_UP_STAGES = {"Correcting the depth": 1.0, "Rendering the focal stack": 6.0}
_DEPTH_STAGE, _RENDER_STAGE = _TOUCH_UP_STAGES


@dataclass(frozen=True, slots=True, eq=False)
class Refocused(StackResult):
    """A refocused photo: the data of `StackResult`, and what can be done with it."""

    def at(self, position: float) -> NDArray[np.uint8]:
        """The refocus slider: see `FocalStack.at`."""
        return self.stack.at(position)

    def bokeh(
        self,
        prompt: str | None = None,
        *,
        at: tuple[float, float] | None = None,
        position: float | None = None,
        mask: ArrayLike | None = None,
        aperture: str | Aperture | None = None,
        blur: float | None = None,
        f_number: float | None = None,
        k: float | None = None,
    ) -> NDArray[np.uint8]:
        """Render one picture anew, with its own focus, strength and aperture shape.

        What is given beside the prompt wins over it. `bokeh_picture` also tells what was understood and found.

        Args:
            prompt: what a photographer would say: "focus on the red car on the left, f/1.4, heart-shaped bokeh".
            at: (x, y) in pixels of `photo`, the point to be sharp; or
            position: a stack position; or
            mask: (rows, columns) of the photo's proportions, above 0 where it is to be sharp: its median distance is.
                Without any of them, the main subject is sharp: a face, an animal, or what stands out.
            aperture: name of the shape or one of your own; by default the one of the request.
            blur: strength in [0, 1], or `f_number`, or `k`; by default that of the stack.

        Returns:
            (height, width, 3) uint8 sRGB, at working size.

        Raises:
            BadInput: on a point outside the picture, a mask that is empty or has other proportions, two of point,
                position and mask, or values out of range.
        """
        spec = None if prompt is None else parse_prompt(prompt)
        amount = BlurAmount.from_options(blur, f_number, k)
        return bokeh_picture(self, BokehRequest(spec, at, position, aperture, amount, mask)).picture

    def touched_up(
        self, strokes: Sequence[Stroke], *, untouched: Disparity | None = None, progress: Progress = silent
    ) -> "Refocused":
        """The same with its depth corrected by strokes and its frames rendered anew by optics; nothing is estimated.

        Args:
            strokes: what to correct, in addition to earlier strokes; `read_strokes` reads them from a file.
            untouched: the depth before any stroke; `strokes` then replace the earlier ones; without strokes it is
                restored.
            progress: called with stage and fraction; may raise Cancelled.
        """
        if not strokes and untouched is None:
            return self
        before = self.scene.disparity if untouched is None else untouched
        earlier = self.request.touch_up if untouched is None else ()
        request = replace(self.request, touch_up=(*earlier, *strokes))
        stages = Stages(_TOUCH_UP_STAGES, progress)
        with stages.stage(_DEPTH_STAGE):
            scene = Scene(self.scene.all_in_focus, apply_strokes(before, self.scene.all_in_focus, strokes))
        slope = blur_slope(scene.disparity, self.photo.camera, amount=request.blur_amount)
        aperture = Aperture.named(request.aperture)
        with stages.stage(_RENDER_STAGE) as report:
            stack = render_focal_stack(scene, len(self.stack), slope.coc_px_per_disparity, aperture, report)
        seconds = {**stages.seconds, "total": round(sum(stages.seconds.values()), 3)}
        return replace(self, scene=scene, stack=stack, request=request, seconds=seconds, rerendered=True)

    def save(
        self,
        folder: str | Path,
        *,
        fps: float | None = None,
        video: Path | None = None,
        more: Mapping[str, Any] | None = None,
        progress: Progress = silent,
    ) -> None:
        """Write frames, all-in-focus, disparity, video and stack.json into a folder; all of them or none.

        An older stack in the folder is replaced; files in a stack's names that no stack wrote, or that were changed
        since, are left alone and the folder is refused.

        Args:
            folder: made when missing.
            fps: None for a smooth 24 fps sweep; a number for a video of the bare frames at that rate.
            video: a sweep already written, to copy instead of encoding it again.
            more: further entries of stack.json, which is written last; plain JSON values.
            progress: called with stage and fraction.

        Raises:
            BadInput: when the folder cannot be written, or holds the photo or such files.
        """
        check_stack_folder(folder, self.inputs)
        metadata = {**self.metadata(), **(more or {})}
        save_stack(folder, self.stack, self.scene, metadata, bare_fps=fps, video=video, progress=progress)
