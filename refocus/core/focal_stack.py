"""Focal stacks: frames of one scene, focused from near to far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.core.errors import BadInput

MIN_FRAMES = 3
MAX_FRAMES = 33
DEFAULT_FRAMES = 9


@dataclass(frozen=True, slots=True, eq=False)
class FocalStack:
    """Frames of one scene, focused from near to far.

    Attributes:
        frames: (frames, height, width, 3) uint8 sRGB, frame 0 focused nearest.
        focus_disparity: (frames,) float32, disparity in focus in each frame; descending.

    Raises:
        BadInput: on wrong shapes or fewer than two frames.
    """

    frames: NDArray[np.uint8]
    focus_disparity: NDArray[np.float32]

    def __post_init__(self) -> None:
        check_frames(self.frames, name="frames")
        if self.focus_disparity.shape != (len(self),):
            raise BadInput(
                f"A focal stack of {len(self)} frames needs {len(self)} focus values, "
                f"but got {self.focus_disparity.size}."
            )

    def __len__(self) -> int:
        return self.frames.shape[0]

    def at(self, position: float) -> NDArray[np.uint8]:
        """The picture focused at a position.

        Args:
            position: 0 (nearest) to frames - 1 (farthest); between two frames their light is blended linearly.

        Returns:
            (height, width, 3) uint8 sRGB.

        Raises:
            BadInput: when the position is outside the stack.
        """
        self._check(position)
        below = min(int(position), len(self) - 2)
        fraction = np.float32(position - below)
        if fraction in (0.0, 1.0):
            return self.frames[below + int(fraction)].copy()
        near = srgb_to_linear(self.frames[below])
        far = srgb_to_linear(self.frames[below + 1])
        return linear_to_srgb8(near + fraction * (far - near))

    def disparity_at(self, position: float) -> float:
        """The disparity in focus at a (fractional) position. Raises BadInput outside the stack."""
        self._check(position)
        return float(np.interp(position, np.arange(len(self)), self.focus_disparity))

    def position_of(self, disparity: float | NDArray) -> NDArray[np.float32]:
        """The (fractional) positions at which disparities of any shape are in focus, clipped to the stack."""
        positions = np.arange(len(self), dtype=np.float32)
        return np.asarray(np.interp(disparity, self.focus_disparity[::-1], positions[::-1]), dtype=np.float32)

    def _check(self, position: float) -> None:
        if not 0 <= position <= len(self) - 1:
            raise BadInput(
                f"Position {position:g} is outside this stack.",
                todo=f"Choose 0 (nearest) to {len(self) - 1} (farthest).",
            )


def check_frames(frames_srgb: NDArray[np.uint8], *, name: str = "frames_srgb") -> None:
    """Raise BadInput unless the frames are one array, (frames, height, width, 3) uint8, with at least two frames."""
    expected = "at least two frames, (frames, height, width, 3) uint8 in one array"
    if not isinstance(frames_srgb, np.ndarray):
        raise BadInput(f"{name} is a {type(frames_srgb).__name__}, but it must be {expected}.")
    shape, kind = frames_srgb.shape, frames_srgb.dtype
    if frames_srgb.ndim != 4 or shape[-1] != 3 or kind != np.uint8 or shape[0] < 2 or frames_srgb.size == 0:
        raise BadInput(f"{name} is {shape} of {kind}, but it must be {expected}.")


def stack_focus_disparity(nearest: float, farthest: float, frames: int) -> NDArray[np.float32]:
    """Focus disparities of a stack, uniform in disparity from nearest to farthest.

    Args:
        nearest, farthest: largest and smallest disparity of the scene.
        frames: 3 to 33.

    Returns:
        (frames,) float32, descending.

    Raises:
        BadInput: when `frames` is out of range.
    """
    if not MIN_FRAMES <= frames <= MAX_FRAMES:
        raise BadInput(
            f"A stack of {frames} frames is not possible.", todo=f"Choose {MIN_FRAMES} to {MAX_FRAMES} frames."
        )
    return np.linspace(nearest, farthest, frames, dtype=np.float32)
