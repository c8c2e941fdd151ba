"""Settings of `train focal-stack`. The defaults are the published training (Learning to Refocus, arXiv 2512.19823)."""

from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Literal

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.training.loop.run_config import LoopConfig, setting

AS_USED = ("fps", "noise", "latents", "clip")
"""Where the published training differs from the published use of the model, in the order of the README's table."""

_SIDE_MULTIPLE_PX = 64


@dataclass(frozen=True, kw_only=True)
class FocalStackConfig(LoopConfig):
    """Settings of a run; see `LoopConfig` for the others.

    Raises:
        BadInput: when a value has the wrong type or is out of range.
    """

    data: Path = setting(MISSING, "index that `train prepare focal-stack` wrote")
    base: Path | None = setting(None, "Stable Video Diffusion folder; else from the hub's cache")
    unet: Path | None = setting(None, "folder of the UNet to start from; else the base's own")
    cache: Path | None = setting(None, "folder for encoded frames, 0.5 GB for each 100 scenes; else encoded anew")
    inputs: Literal["random", "zero", "several"] = setting(
        "random", "known frames: one at a random position, the nearest, or 1 to 3 at random positions"
    )
    frames: int = setting(DEFAULT_FRAMES, "10 repeats the ninth", minimum=DEFAULT_FRAMES, maximum=DEFAULT_FRAMES + 1)
    as_used: tuple[str, ...] = setting((), f"train as the model is used: any of {','.join(AS_USED)}")
    width: int = setting(896, "working size in px", minimum=_SIDE_MULTIPLE_PX)
    height: int = setting(640, "working size in px", minimum=_SIDE_MULTIPLE_PX)
    dropout: float = setting(0.1, "share without CLIP, without image, and without both: this much each", maximum=0.3)
    validation_steps: int = setting(25, "denoising steps of a validation", minimum=1, may_change=True)

    steps: int = setting(221_000, "optimiser steps in all", minimum=1, may_change=True)
    learning_rate: float = setting(1e-5, "of AdamW")
    scale_learning_rate: bool = setting(True, "multiply it by batch x accumulation x processes")
    epsilon: float = setting(1e-7, "of AdamW")
    clip: float = setting(0.0, "largest norm of the gradient; 0 for no limit")

    def __post_init__(self) -> None:
        super().__post_init__()
        unknown = sorted(set(self.as_used) - set(AS_USED))
        if unknown:
            raise BadInput(f"as_used names {', '.join(unknown)}.", todo=f"Choose any of {', '.join(AS_USED)}.")
        for name, side in (("width", self.width), ("height", self.height)):
            if side % _SIDE_MULTIPLE_PX:
                raise BadInput(f"{name} is {side}.", todo=f"Choose a multiple of {_SIDE_MULTIPLE_PX}.")
