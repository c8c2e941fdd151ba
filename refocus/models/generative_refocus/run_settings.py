"""Settings of one run of DeblurNet or BokehNet, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch

from refocus.core import BadInput
from refocus.core.numbers import one_of, real, whole
from refocus.models.generative_refocus.token_grid import TOKEN_PX, Grid, can_tile, tile_plan
from refocus.models.inputs import check_generator

Tiled = bool | Literal["auto"]
OutputType = Literal["pil", "pt", "latent"]


@dataclass(frozen=True, slots=True, eq=False)
class GenerativeSettings:
    """Settings of one run, as documented at `GenerativeRefocusPipeline.deblur`.

    Raises:
        BadInput: when a value has the wrong type or is out of range.
    """

    prompt: str
    num_inference_steps: int
    guidance_scale: float
    tiled: Tiled
    generator: torch.Generator | None
    latents: torch.Tensor | None
    output_type: OutputType

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise BadInput(f"The prompt is {type(self.prompt).__name__}, not text.", todo="Pass a str.")
        object.__setattr__(self, "num_inference_steps", whole("num_inference_steps", self.num_inference_steps, 1, 1000))
        object.__setattr__(self, "guidance_scale", real("guidance_scale", self.guidance_scale, 0.0, 100.0))
        if not isinstance(self.tiled, bool) and self.tiled != "auto":
            raise BadInput(f"tiled is {self.tiled!r}.", todo='Choose True, False or "auto".')
        one_of("output_type", self.output_type, get_args(OutputType))
        check_generator(self.generator)

    def grid(self, width: int, height: int) -> Grid:
        """The token grid of a working size. Raises BadInput when `tiled` is True and the picture is too small."""
        rows, columns = height // TOKEN_PX, width // TOKEN_PX
        if self.tiled is True:
            tile_plan(rows, columns)
        return Grid(rows, columns, tiled=self.tiled is not False and can_tile(rows, columns))
