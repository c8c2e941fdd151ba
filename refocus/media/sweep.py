"""Focus motions of videos: the focus position of each frame, and the frames interpolated from a stack."""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, FocalStack
from refocus.media.linear16 import blend16, linear16_to_srgb8, srgb8_to_linear16

SWEEP_FPS = 24.0
SWEEP_SECONDS = 4.0
PULL_HOLD_SECONDS = 0.8
Motion = Literal["loop", "sweep", "pull"]
MOTIONS: tuple[Motion, ...] = get_args(Motion)


def sweep_positions(frames: int, *, fps: float = SWEEP_FPS, seconds: float = SWEEP_SECONDS) -> NDArray[np.float64]:
    """Focus positions of a loop from near to far to near: a raised cosine.

    The step from the last position to the first continues the curve, so the video loops without a seam.

    Args:
        frames: frames of the stack.
        fps, seconds: frames per second and duration of the loop.

    Returns:
        (round(fps * seconds),) positions in [0, frames - 1], the first exactly 0.

    Raises:
        BadInput: when the loop would have fewer than two frames.
    """
    pictures = round(fps * seconds)
    if pictures < 2:
        raise BadInput(f"A sweep of {seconds:g} s at {fps:g} frames per second is too short.", todo="Make it longer.")
    phase = np.arange(pictures) / pictures
    return (frames - 1) * (1.0 - np.cos(2.0 * np.pi * phase)) / 2.0


def pull_positions(
    start: float, end: float, *, fps: float = SWEEP_FPS, seconds: float = SWEEP_SECONDS
) -> NDArray[np.float64]:
    """Focus positions of a focus pull: hold, move, hold.

    The move has minimum jerk: 10 t^3 - 15 t^4 + 6 t^5 (Flash and Hogan, J. Neurosci. 5(7), 1985), without speed and
    acceleration at either end.

    Args:
        start, end: positions held at the beginning and at the end.
        fps, seconds: frames per second, and duration including the holds.

    Returns:
        (round(fps * seconds),) positions, the first exactly `start`, the last exactly `end`.

    Raises:
        BadInput: when no time is left between the holds.
    """
    pictures, held = round(fps * seconds), round(fps * PULL_HOLD_SECONDS)
    moving = pictures - 2 * held
    if moving < 2:
        raise BadInput(f"A focus pull of {seconds:g} s is too short.", todo=f"Choose {2 * PULL_HOLD_SECONDS + 1:g} s.")
    time = np.linspace(0.0, 1.0, moving)
    share = np.concatenate([np.zeros(held), time**3 * (10.0 - 15.0 * time + 6.0 * time**2), np.ones(held)])
    return (1.0 - share) * start + share * end


def motion_positions(
    motion: Motion,
    frames: int,
    *,
    start: float | None = None,
    end: float | None = None,
    fps: float = SWEEP_FPS,
    seconds: float = SWEEP_SECONDS,
) -> NDArray[np.float64]:
    """Focus positions of a video.

    Args:
        motion: "loop" from near to far and back without a seam, "sweep" once from near to far, "pull" from `start` to
            `end`; the latter two hold at either end.
        frames: frames of the stack.
        start, end: positions of a pull in [0, frames - 1]; by default the nearest and the farthest.
        fps, seconds: frames per second and duration.

    Raises:
        BadInput: on an unknown motion, or positions outside the stack.
    """
    if motion == "loop":
        return sweep_positions(frames, fps=fps, seconds=seconds)
    if motion not in MOTIONS:
        raise BadInput(f"There is no motion {motion!r}.", todo=f"Choose one of: {', '.join(MOTIONS)}.")
    ends = (
        (0.0 if start is None else start, frames - 1.0 if end is None else end) if motion == "pull" else (0, frames - 1)
    )
    if not all(0 <= place <= frames - 1 for place in ends):
        raise BadInput(
            f"A pull from {ends[0]:g} to {ends[1]:g} leaves this stack.", todo=f"Choose positions 0 to {frames - 1}."
        )
    return pull_positions(*ends, fps=fps, seconds=seconds)


def sweep_frames(stack: FocalStack, positions: NDArray[np.float64]) -> Iterator[NDArray[np.uint8]]:
    """The stack's picture at each position, neighbouring frames blended in linear light.

    Same as `stack.at` but several times faster, because the two frames around the position stay decoded in 16 bits.

    Yields:
        (height, width, 3) uint8 sRGB.
    """
    decoded: dict[int, NDArray[np.uint16]] = {}
    for position in positions:
        below = min(int(position), len(stack) - 2)
        fraction = float(position) - below
        if fraction in (0.0, 1.0):
            yield stack.frames[below + int(fraction)]
            continue
        pair = (below, below + 1)
        decoded = {i: decoded[i] if i in decoded else srgb8_to_linear16(stack.frames[i]) for i in pair}
        yield linear16_to_srgb8(blend16(decoded[below], decoded[below + 1], fraction))
