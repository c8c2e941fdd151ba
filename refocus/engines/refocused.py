"""A refocused photo: what every engine yields and every view starts from."""

from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, FocalStack, Progress, Scene, silent
from refocus.engines.lens import blur_slope
from refocus.engines.rendering import render_still
from refocus.engines.request import RefocusRequest
from refocus.media import Photo, save_stack
from refocus.optics import Aperture

_VERSIONED = ("torch", "numpy", "scipy", "pillow", "opencv-contrib-python-headless")


@dataclass(frozen=True, slots=True, eq=False)
class Refocused:
    """A photo with its focus given back.

    Attributes:
        photo: as opened, at its own size.
        scene: all-in-focus picture and disparity, at working size.
        stack: focused from near to far, at working size.
        engine: name of the engine that made it.
        request: what was asked.
        seed: the seed used; None for an engine without chance.
        seconds: seconds per stage, in order.
        notes: what was estimated, missing or approximated, in words a user reads.
    """

    photo: Photo
    scene: Scene
    stack: FocalStack
    engine: str
    request: RefocusRequest
    seed: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def at(self, position: float) -> NDArray[np.uint8]:
        """The refocus slider: see `FocalStack.at`."""
        return self.stack.at(position)

    def position_map(self) -> NDArray[np.float32]:
        """The stack position at which each pixel is sharp: (height, width) float32 in [0, frames - 1]."""
        return self.stack.position_of(self.scene.disparity.values)

    def bokeh(
        self,
        *,
        at: tuple[float, float] | None = None,
        position: float | None = None,
        aperture: str | None = None,
        blur: float | None = None,
        f_number: float | None = None,
    ) -> NDArray[np.uint8]:
        """Render one picture anew, with its own focus, strength and aperture shape.

        Args:
            at: (x, y) in pixels of `photo`, the point to be sharp; or
            position: a stack position. With neither, the middle of the picture is sharp.
            aperture: name of the shape; by default the one of the request.
            blur: strength in [0, 1], or `f_number`; by default what was asked of the stack.

        Returns:
            (height, width, 3) uint8 sRGB, at working size.

        Raises:
            BadInput: on a point outside the picture, both focus options, or values out of range.
        """
        if blur is None and f_number is None:
            blur, f_number = self.request.blur, self.request.f_number
        asked = RefocusRequest(blur=blur, f_number=f_number, aperture=aperture or self.request.aperture)
        slope = blur_slope(
            self.scene.disparity,
            self.photo.camera,
            long_side_px=max(self.scene.disparity.values.shape),
            blur=asked.blur,
            f_number=asked.f_number,
        )
        focus = self._focus_disparity(at, position)
        return render_still(self.scene, focus, slope.coc_px_per_disparity, Aperture.named(asked.aperture))

    def save(
        self,
        folder: str | Path,
        *,
        fps: float | None = None,
        video: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        """Write frames, all-in-focus, disparity, video and stack.json into a folder; all of them or none.

        Args:
            folder: made when missing.
            fps: None for a smooth 24 fps sweep; a number for a video of the bare frames at that rate.
            video: a sweep already written, to copy instead of encoding it again.
            progress: told what is being written.

        Raises:
            BadInput: when the folder cannot be written.
        """
        save_stack(folder, self.stack, self.scene, self.metadata(), bare_fps=fps, video=video, progress=progress)

    def metadata(self) -> dict[str, Any]:
        """What stack.json says beside the stack's own numbers: plain JSON values."""
        return {
            "engine": self.engine,
            "photo": self.photo.name,
            "camera": asdict(self.photo.camera),
            "request": asdict(self.request),
            "seed": self.seed,
            "seconds": self.seconds,
            "notes": list(self.notes),
            "versions": {name: version(name) for name in _VERSIONED},
        }

    def _focus_disparity(self, at: tuple[float, float] | None, position: float | None) -> float:
        if at is not None and position is not None:
            raise BadInput("A point and a position were both given.", todo="Give one of them.")
        if position is not None:
            return self.stack.disparity_at(position)
        height, width = self.photo.rgb.shape[:2]
        x, y = at if at is not None else ((width - 1) / 2, (height - 1) / 2)
        if not (0 <= x < width and 0 <= y < height):
            raise BadInput(f"The point {x:g},{y:g} lies outside the picture.", todo=f"It is {width}x{height} px.")
        return self._disparity_near(x / width, y / height)

    def _disparity_near(self, x: float, y: float) -> float:
        """Median disparity round a point given in fractions of the picture, so one odd pixel does not decide."""
        values = self.scene.disparity.values
        height, width = values.shape
        column, row = int(x * width), int(y * height)
        reach = max(1, max(width, height) // 256)
        patch = values[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        return float(np.median(patch))
