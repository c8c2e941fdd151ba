"""The data of a refocused photo, as every engine yields it."""

from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from refocus.core import FocalStack, Scene
from refocus.core.settings import THIN_LENS
from refocus.depth.confidence import depth_note
from refocus.media import Photo
from refocus.results.rendering import StillRenderer
from refocus.results.request import RefocusRequest
from refocus.subjects import SubjectFinder, find_subject

_VERSIONED = ("torch", "numpy", "scipy", "pillow", "opencv-contrib-python-headless")
_OF_NETWORKS = ("diffusers", "transformers")


@dataclass(frozen=True, slots=True, eq=False)
class StackResult:
    """A focal stack of a photo, the scene it shows, and how both were made.

    Attributes:
        photo: as opened, at its own size.
        scene: all-in-focus picture and disparity, at working size.
        stack: focused from near to far, at working size.
        engine: name of the engine that made it.
        request: the request, with the values that the engine chose filled in.
        seed: the seed used; None for an engine without chance.
        seconds: seconds per stage, in order.
        engine_notes: what was estimated, missing or approximated, in sentences for the user; `notes` says the rest too.
        prompt_notes: what became of the prompt, and what a picture or video of the stack assumed.
        weights: commit of each hub repository a network was loaded from, None where its folder does not tell; and None
            for weights of the user's own, by the end of their path.
        renderer: the engine's own for single pictures; None for optics. It is not saved.
        photo_focus: the disparity the photo itself was focused on; None when it is sharp throughout or not known.
        finder: looks for the subjects of prompts. It is not saved.
        photo_files: the files of the photos of a stack shot by a camera. They are not saved.
        rerendered: whether optics rendered the frames again, after strokes corrected the depth of a finished stack.
    """

    photo: Photo
    scene: Scene
    stack: FocalStack
    engine: str
    request: RefocusRequest
    seed: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    engine_notes: tuple[str, ...] = ()
    weights: dict[str, str | None] = field(default_factory=dict)
    renderer: StillRenderer | None = None
    photo_focus: float | None = None
    finder: SubjectFinder = find_subject
    photo_files: tuple[Path, ...] = ()
    rerendered: bool = False
    prompt_notes: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything the user should know about how it was made, each sentence once."""
        strokes = len(self.request.touch_up)
        touch_up = [f"Depth was touched up by hand: {strokes} stroke{'s' if strokes > 1 else ''}."] if strokes else []
        optics = ["The frames were rendered anew by optics."] if self.rerendered and self.engine != THIN_LENS else []
        depth = depth_note(self.scene.disparity)
        return tuple(dict.fromkeys((*self.engine_notes, depth, *touch_up, *optics, *self.prompt_notes)))

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The known photo files it was made from, which no result may replace."""
        opened = (self.photo.path, *(other.path for other in self.photo.more))
        return (*(path for path in opened if path is not None), *self.photo_files)

    @property
    def photo_position(self) -> float | None:
        """The stack position whose focus is the photo's own, in [0, frames - 1]; None when `photo_focus` is."""
        return None if self.photo_focus is None else float(self.stack.position_of(self.photo_focus))

    def metadata(self) -> dict[str, Any]:
        """The entries of stack.json that are not the stack's own numbers: plain JSON values."""
        return {
            "engine": self.engine,
            "photo": self.photo.name,
            "camera": asdict(self.photo.camera),
            "request": self.request.to_options(),
            "seed": self.seed,
            "photo_focus": self.photo_focus,
            "photo_position": self.photo_position,
            "seconds": self.seconds,
            "notes": list(self.notes),
            "engine_notes": list(self.engine_notes),
            "prompt_notes": list(self.prompt_notes),
            "rerendered": self.rerendered,
            "weights": self.weights,
            "versions": {name: version(name) for name in (*_VERSIONED, *(_OF_NETWORKS if self.weights else ()))},
        }
