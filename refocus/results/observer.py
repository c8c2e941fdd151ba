"""Observers of a run: they receive the scene first, then each frame as it is finished."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from refocus.core import Scene


class Observer(Protocol):
    """What an engine shows before it is done. An engine may leave out what it does not have."""

    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        """Disparity and the all-in-focus picture are known, and perhaps the disparity the photo was focused on."""

    def frame_finished(self, index: int, focus_disparity: float, frame_srgb: NDArray[np.uint8]) -> None:
        """A frame of the stack is finished.

        Args:
            index: of the frame, 0 nearest.
            focus_disparity: what it is focused on.
            frame_srgb: (height, width, 3) uint8.
        """


class _NoObserver:
    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        pass

    def frame_finished(self, index: int, focus_disparity: float, frame_srgb: NDArray[np.uint8]) -> None:
        pass


NO_OBSERVER: Observer = _NoObserver()
"""Nobody looks."""
