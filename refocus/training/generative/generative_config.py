"""Settings of the training of DeblurNet, BokehNet and the shape condition.

The paper states rank, batch, accumulation, GPUs and steps. Optimiser, rates, window and noise levels were never
published: those here are of a reproduction that reached the published numbers.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from refocus.core import BadInput
from refocus.training.loop.run_config import LoopConfig, setting


@dataclass(frozen=True, kw_only=True)
class GenerativeConfig(LoopConfig):
    """What the LoRAs have in common.

    Raises:
        BadInput: when a value has the wrong type or is out of range.
    """

    flux: str = setting(dataclasses.MISSING, "FLUX.1-dev: a folder, or its repository on the hub")
    data: tuple[str, ...] = setting(dataclasses.MISSING, "indexes made by `train prepare`, separated by commas")
    shares: tuple[str, ...] = setting((), "share of each route, as synthetic=1,exif=2; equal shares by default")
    rank: int = setting(64, "of the LoRA; its alpha is the same", minimum=1)
    start_from: Path | None = setting(None, "LoRA file to continue from, for a second phase")
    sigma: Literal["shifted", "sigmoid"] = setting(
        "shifted", "noise levels: sigmoid of a normal number, or that shifted by the number of tokens as FLUX samples"
    )
    window_px: int = setting(512, "side of the square windows, a multiple of 16", minimum=64)
    max_k: float = setting(30.0, "K of rendered blur is uniform from 0 to this, in pixels of radius per diopter")
    highlights: float = setting(0.5, "how much clipped lamps of rendered photos are brightened at most", maximum=1)
    dtype: Literal["auto", "float32", "bfloat16"] = setting("auto", "of the frozen weights; auto: bfloat16 on a GPU")
    validation_steps: int = setting(14, "Euler steps of the validation's pictures", minimum=1, may_change=True)

    accumulation: int = setting(8, "passes whose gradients are added up before a step", minimum=1)
    schedule: Literal["constant", "cosine"] = setting("cosine", "of the learning rate after the warm-up")
    final_share: float = setting(0.1, "share of the learning rate at the end of the cosine", maximum=1)
    warmup: int = setting(500, "steps over which the learning rate rises from zero")
    weight_decay: float = setting(1e-4, "of AdamW")
    gradient_checkpointing: bool = setting(True, "compute activations twice instead of keeping them")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch != 1:
            raise BadInput(
                f"batch is {self.batch}, but each pass takes one sample, as published.",
                todo="Raise --accumulation, or start more processes.",
            )
        if self.mixed_precision == "fp16":
            raise BadInput(
                "FLUX overflows in fp16.", todo="Leave --mixed-precision at no: frozen weights are bfloat16."
            )
        if self.window_px % 16:
            raise BadInput(f"window_px is {self.window_px}.", todo="Choose a multiple of 16.")


@dataclass(frozen=True, kw_only=True)
class DeblurConfig(GenerativeConfig):
    """Settings of `train deblur`."""

    steps: int = setting(60_000, "optimiser steps in all", minimum=1, may_change=True)
    pre_deblurred: bool = setting(
        False, "two conditions: the photo as sharpened by another method (black where there is none), then the photo"
    )


@dataclass(frozen=True, kw_only=True)
class BokehConfig(GenerativeConfig):
    """Settings of `train bokeh`. The published 40,000 steps of synthetic and 60,000 of real photos are two runs, or one
    with shares."""

    steps: int = setting(100_000, "optimiser steps in all", minimum=1, may_change=True)
    shape_of: str | None = setting(
        None, "train the shape condition of this BokehNet (its LoRA file or folder), which stays as it is"
    )
