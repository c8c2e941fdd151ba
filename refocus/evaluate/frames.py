"""Sources of frames: picture files, ray-traced scenes, and our rendering of those scenes."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb8
from refocus.core.sizes import DEFAULT_MAX_PIXELS, most_common_size
from refocus.media.decode import decode, upright_size


class Frames(Protocol):
    """The frames of a focal stack."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the frames, without file endings."""

    @property
    def paths(self) -> Sequence[Path]:
        """The files that they are read from."""

    @property
    def border_px(self) -> int:
        """The margin that must be left out on each side when these frames are the truth."""

    def problems(self) -> list[str]:
        """A sentence for each problem that file headers show; empty when there is none."""

    def size(self) -> tuple[int, int]:
        """Width and height of the frames in pixels."""

    def read(self) -> NDArray[np.uint8]:
        """(frames, height, width, 3) uint8 sRGB. Raises BadInput on a damaged file."""


@dataclass(frozen=True)
class PictureFrames:
    """Frames in picture files.

    Attributes:
        paths: nearest focus first.
        border_px: margin to leave out on each side.
    """

    paths: tuple[Path, ...]
    border_px: int = 0

    @property
    def names(self) -> list[str]:
        return [path.stem for path in self.paths]

    @cached_property
    def _sizes(self) -> dict[Path, tuple[int, int] | BadInput]:
        return {path: _size_or_problem(path) for path in self.paths}

    def problems(self) -> list[str]:
        unreadable = [size.message for size in self._sizes.values() if isinstance(size, BadInput)]
        sizes = {path: size for path, size in self._sizes.items() if not isinstance(size, BadInput)}
        different = [
            f"{path} is {width}x{height} px, unlike the other frames."
            for path, (width, height) in sizes.items()
            if (width, height) != self.size()
        ]
        return [*(f"In {self.paths[0].parent}: {problem}" for problem in unreadable), *different]

    def size(self) -> tuple[int, int]:
        return most_common_size(size for size in self._sizes.values() if not isinstance(size, BadInput))

    def read(self) -> NDArray[np.uint8]:
        return np.stack([decode(path, min_side_px=1).rgb for path in self.paths])


def _size_or_problem(path: Path) -> tuple[int, int] | BadInput:
    try:
        width, height = upright_size(path)
    except BadInput as error:
        return error
    if width * height > DEFAULT_MAX_PIXELS:
        return BadInput(f"{path.name} is far too large: {width}x{height} px.")
    return width, height


@dataclass(frozen=True)
class TracedScene:
    """A scene with ray-traced frames: linear light, depth and lens in one .npz file.

    Attributes:
        path: the file, with `stack`, `aif`, `depth`, `focus_diopters` and `meta`.
    """

    path: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path,)

    @cached_property
    def _meta(self) -> dict[str, Any]:
        with np.load(self.path, allow_pickle=False) as data:
            return dict(json.loads(str(data["meta"])))

    @property
    def names(self) -> list[str]:
        with np.load(self.path, allow_pickle=False) as data:
            return [str(index) for index in range(len(data["focus_diopters"]))]

    @property
    def border_px(self) -> int:
        return int(self._meta.get("eval_border_px", 0))

    def problems(self) -> list[str]:
        return []

    def size(self) -> tuple[int, int]:
        return int(self._meta["width"]), int(self._meta["height"])

    def read(self) -> NDArray[np.uint8]:
        with np.load(self.path, allow_pickle=False) as data:
            return np.stack([linear_to_srgb8(frame.astype(np.float32)) for frame in data["stack"]])


@dataclass(frozen=True)
class RenderedScene(TracedScene):
    """The same scene rendered by `refocus.optics` from the sharp picture, the depth and the lens."""

    def read(self) -> NDArray[np.uint8]:
        from refocus.optics import prepare_scene

        with np.load(self.path, allow_pickle=False) as data:
            prepared = prepare_scene(
                data["aif"].astype(np.float32),
                (1.0 / data["depth"]).astype(np.float32),
                coc_px_per_disparity=float(self._meta["coc_px_per_diopter"]),
            )
            focus = data["focus_diopters"]
        return np.stack([linear_to_srgb8(prepared.render(float(diopters))) for diopters in focus])


def is_traced(path: Path) -> bool:
    """Whether a file is a ray-traced scene."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return {"stack", "aif", "depth", "focus_diopters", "meta"} <= set(data.files)
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile):
        return False
