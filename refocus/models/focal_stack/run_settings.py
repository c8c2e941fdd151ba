"""Settings of one run of the video model, checked before anything is computed. Needs no torch."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES
from refocus.core.numbers import one_of, real, whole

OutputType = Literal["pt", "np", "pil", "latent"]
ClipRange = Literal["published", "corrected"]
DEFAULT_STEPS = 25
DEFAULT_GUIDANCE_SCALE = 1.5
DEFAULT_FPS = 7
DEFAULT_DECODE_CHUNK = 8
MAX_INPUTS = 3
"""Photos that weights trained with several inputs take."""
_MAX_STEPS = 1000
_WHOLE = {
    "num_frames": (1, MAX_FRAMES),
    "num_inference_steps": (1, _MAX_STEPS),
    "fps": (1, 255),
    "motion_bucket_id": (0, 255),
    "decode_chunk_size": (1, math.inf),
    "decode_overlap": (0, math.inf),
}
_REAL = {"guidance_scale": (0.0, 100.0), "noise_aug_strength": (0.0, 10.0)}


@dataclass(frozen=True, slots=True)
class FocalStackSettings:
    """Settings of one run, as documented at `FocalStackPipeline.__call__`.

    Raises:
        BadInput: when a value has the wrong type or is out of range.
    """

    input_position: int | tuple[int, ...]
    num_frames: int = DEFAULT_FRAMES
    num_inference_steps: int = DEFAULT_STEPS
    guidance_scale: float = DEFAULT_GUIDANCE_SCALE
    fps: int = DEFAULT_FPS
    motion_bucket_id: int = 0
    noise_aug_strength: float = 0.0
    decode_chunk_size: int = DEFAULT_DECODE_CHUNK
    decode_overlap: int = 0
    batch_guidance: bool = True
    clip_range: ClipRange = "published"
    output_type: OutputType = "pt"

    def __post_init__(self) -> None:
        for name, (low, high) in _WHOLE.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), low, high))
        for name, (lowest, highest) in _REAL.items():
            object.__setattr__(self, name, real(name, getattr(self, name), lowest, highest))
        positions = tuple(whole("input_position", one, 0, self.num_frames - 1) for one in self.input_positions)
        if not positions or len(set(positions)) < len(positions):
            raise BadInput(f"input_position is {self.input_position!r}.", todo="Give each photo a position of its own.")
        several = isinstance(self.input_position, tuple)
        object.__setattr__(self, "input_position", positions if several else positions[0])
        one_of("output_type", self.output_type, get_args(OutputType))
        one_of("clip_range", self.clip_range, get_args(ClipRange))
        if self.decode_overlap >= self.decode_chunk_size:
            raise BadInput(
                f"Chunks of {self.decode_chunk_size} frames cannot overlap by {self.decode_overlap}.",
                todo="Choose a decode_overlap below decode_chunk_size.",
            )

    @property
    def input_positions(self) -> tuple[int, ...]:
        """The position of each photo."""
        return self.input_position if isinstance(self.input_position, tuple) else (self.input_position,)

    @property
    def guided(self) -> bool:
        """Whether the unconditional half is computed too, which is at every scale above 0."""
        return self.guidance_scale > 0


def parse_positions(text: str | None) -> tuple[int, ...] | None:
    """Positions written "4,8"; None for None or an empty text.

    Raises:
        BadInput: when one is no whole number, or out of range.
    """
    if not text:
        return None
    try:
        positions = tuple(map(int, text.split(",")))
    except ValueError:
        positions = (-1,)
    if not all(0 <= position < DEFAULT_FRAMES for position in positions):
        raise BadInput(
            f"The positions {text!r} are not possible.",
            todo=f"Write one for each of the photos, 0 to {DEFAULT_FRAMES - 1}, such as 4,8.",
        )
    return positions
