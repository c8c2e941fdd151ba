"""What is compared: one photo through engines and settings, and results imported from elsewhere."""

from dataclasses import dataclass, field
from pathlib import Path

from refocus.core import Disparity, FocalStack
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One way to make the stack.

    Attributes:
        request: what to make.
        engine: by name; None for what the settings say.
        label: what the reader shall call it; by default what tells it from the others.
        disparity: a depth map to use, of the photo's proportions.
        disparity_name: what the reader calls that map, such as the name of its file.
        model: folder of weights, in place of the settings' own.
        depth_model: depth network, in place of the settings' own.
        even_if_slow: run an engine too that "auto" never takes because of the hours it needs.
    """

    request: RefocusRequest = field(default_factory=RefocusRequest)
    engine: str | None = None
    label: str = ""
    disparity: Disparity | None = None
    disparity_name: str = ""
    model: Path | None = None
    depth_model: str | None = None
    even_if_slow: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One column of a comparison: a stack, or why there is none.

    Attributes:
        label: its heading.
        caption: engine, settings, seed and seconds, in lines.
        stack: None when it could not be made.
        disparity: None when it is not known.
        why: why there is no stack, and what to do about it.
        not_ready: whether that is because its engine is not ready here.
        result: the whole result; None for frames imported from elsewhere.
        inputs: files and folders it was made or read from, as far as they are known; no output may replace them.
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
    """One photo and what was made of it.

    Attributes:
        name: of the photo.
        size: its (width, height), px.
        entries: in the order they were asked for.
    """

    name: str
    size: tuple[int, int]
    entries: tuple[Entry, ...]

    @property
    def made(self) -> tuple[Entry, ...]:
        """Those that have a stack."""
        return tuple(entry for entry in self.entries if entry.stack is not None)
