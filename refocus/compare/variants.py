"""The data of a comparison: variants of a request, and one entry for each stack."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, FocalStack
from refocus.engines.registry import Choice
from refocus.media import Photo
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One combination of engine, settings and depth to make a stack with.

    Attributes:
        request: the settings of the stack.
        engine: name of the engine, or a choice already made; None for the one that the settings choose.
        label: its heading; by default what differs from the other variants.
        disparity: the user's own depth map, of the photo's proportions.
        disparity_name: the name of that map shown to the user, such as its file name.
        pre_deblurred: the photo as deblurred elsewhere; see `Photo.with_pre_deblurred`.
        model: folder of weights that replaces the one of the settings.
        depth_model: depth network that replaces the one of the settings.
        even_if_slow: whether to run an engine that takes hours and that "auto" therefore skips.
    """

    request: RefocusRequest = field(default_factory=RefocusRequest)
    engine: str | Choice | None = None
    label: str = ""
    disparity: Disparity | None = None
    disparity_name: str = ""
    pre_deblurred: NDArray[np.uint8] | None = None
    model: Path | None = None
    depth_model: str | None = None
    even_if_slow: bool = True

    @property
    def engine_name(self) -> str | None:
        """The name of the engine; None for the one that the settings choose."""
        return self.engine.engine.spec.name if isinstance(self.engine, Choice) else self.engine

    def photo_of(self, photo: Photo) -> Photo:
        """The photo with this variant's own depth map and picture. Raises BadInput when one does not fit."""
        if self.disparity is not None:
            photo = photo.with_disparity(self.disparity)
        return photo if self.pre_deblurred is None else photo.with_pre_deblurred(self.pre_deblurred)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One column of a comparison: a stack, or the reason why there is none.

    Attributes:
        label: its heading.
        caption: engine, settings, seed and seconds, in lines.
        stack: None when it could not be made.
        disparity: the depth map; None when it is not known.
        why: the reason why there is no stack, and what to do about it.
        not_ready: whether the reason is that the engine is not ready.
        result: the whole result; None for imported frames.
        inputs: the known files and folders it was made from, which no output may replace.
    """

    label: str
    caption: tuple[str, ...]
    stack: FocalStack | None = None
    disparity: Disparity | None = None
    why: str = ""
    not_ready: bool = False
    result: Refocused | None = None
    inputs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One photo and its entries.

    Attributes:
        name: of the photo.
        size: (width, height) of the photo in pixels.
        entries: in the order of the variants, then the imported ones.
    """

    name: str
    size: tuple[int, int]
    entries: tuple[Entry, ...]

    @property
    def completed(self) -> tuple[Entry, ...]:
        """The entries with a stack."""
        return tuple(entry for entry in self.entries if entry.stack is not None)
