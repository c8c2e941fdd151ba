"""The focus pull: a video whose focus moves from one subject to another, as a focus puller does it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, FocalStack, Progress, silent
from refocus.core.focal_stack import MIN_FRAMES
from refocus.core.settings import GENERATIVE
from refocus.media import check_output_file, pull_positions, sweep_frames, write_video
from refocus.media.sweep import SWEEP_FPS
from refocus.results.bokeh_picture import BokehRequest, Look, choose_focus, look_of
from refocus.results.rendering import render_focal_stack
from refocus.results.stack_result import StackResult
from refocus.subjects import FocusChoice, rack_disparities

# Two neighbours blended look like one picture as long as their blur differs by about this much.
_STEP_PX = 3.0
_MOST_FRAMES = 17


@dataclass(frozen=True, slots=True, eq=False)
class FocusPull:
    """A focus pull, ready to be shown.

    Attributes:
        stack: from the nearer to the farther end, both rendered exactly.
        positions: (pictures,) positions in that stack, one a picture of the video.
        start, end: where the focus comes from and goes to, and how each was found.
        notes: what was done, assumed and left out, for the user.
        inputs: the photo files it was made from, which the video may not replace.
    """

    stack: FocalStack
    positions: NDArray[np.float64]
    start: FocusChoice
    end: FocusChoice
    notes: tuple[str, ...]
    inputs: tuple[Path, ...] = ()

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """The video's pictures, each (height, width, 3) uint8 sRGB."""
        return sweep_frames(self.stack, self.positions)

    def last(self) -> NDArray[np.uint8]:
        """The picture it ends with, exact: (height, width, 3) uint8 sRGB."""
        return self.stack.at(float(self.positions[-1]))

    def write(self, path: str | Path, *, progress: Progress = silent) -> None:
        """Write the pull as MP4. Raises BadInput when the place cannot be written or is the photo's."""
        check_output_file(path, self.inputs)
        write_video(path, self.pictures(), SWEEP_FPS, total=len(self.positions), progress=progress)


def focus_pull(result: StackResult, request: BokehRequest, *, progress: Progress = silent) -> FocusPull:
    """Find both ends of the pull a prompt asks for and render what lies between them.

    Args:
        result: the photo with its scene; its `finder` looks for subjects.
        request: its prompt names the ends; a point or position given beside it takes the place of the second one.
        progress: called with stage and fraction; may raise Cancelled.

    Raises:
        BadInput: when the prompt asks for no focus pull.
    """
    if request.spec is None or not request.pulls_focus:
        raise BadInput("This prompt asks for no focus pull.", todo='Say, for instance, "from the cup to the window".')
    scene = result.scene
    start, end = rack_disparities(request.spec, scene.all_in_focus, scene.disparity, finder=result.finder)
    if request.points:
        end = choose_focus(result, request)
    look = look_of(result, request)
    stack = _between(result, start.disparity, end.disparity, look, progress)
    ends = (float(len(stack) - 1), 0.0) if end.disparity > start.disparity else (0.0, float(len(stack) - 1))
    notes = (
        f"From: {start.explanation}",
        f"To: {end.explanation}",
        *_same(start, end),
        *_left_to_optics(result),
    )
    return FocusPull(stack, pull_positions(*ends), start, end, (*notes, *look.notes), result.inputs)


def _between(result: StackResult, start: float, end: float, look: Look, progress: Progress) -> FocalStack:
    near, far = max(start, end), min(start, end)
    steps = math.ceil((near - far) * look.coc_px_per_disparity / _STEP_PX)
    return render_focal_stack(
        result.scene,
        min(max(steps + 1, MIN_FRAMES), _MOST_FRAMES),
        look.coc_px_per_disparity,
        look.aperture,
        lambda done: progress("Rendering the focus pull", done),
        between=(near, far),
        highlights=look.highlights,
    )


def _left_to_optics(result: StackResult) -> tuple[str, ...]:
    if result.engine != GENERATIVE:
        return ()
    return ("The pull was rendered by optics, on the scene that the generative engine made.",)


def _same(start: FocusChoice, end: FocusChoice) -> tuple[str, ...]:
    same = math.isclose(start.disparity, end.disparity, rel_tol=0.01)
    return ("Both ends seem equally far, so little changes between them.",) if same else ()
