"""One recorded run of the parity kit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from refocus.models import GenerativeRefocusPipeline, defocus_map, focus_disparity
from refocus.models.generative_refocus.conditions import Condition, PromptEmbeds
from refocus.models.generative_refocus.sampling import Denoiser
from refocus.models.generative_refocus.token_grid import Grid
from tests.models.depth_maps import disparity_from_depth


@dataclass(frozen=True, eq=False)
class Case:
    """One recorded run: its settings, its tensors, its input files."""

    folder: Path
    settings: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    @property
    def photo(self) -> Image.Image:
        return Image.open(self.folder / "input.png")

    @property
    def grid(self) -> Grid:
        settings = self.settings
        return Grid(settings["height"] // 16, settings["width"] // 16, tiled=settings["tiled"])

    @property
    def options(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "prompt": settings["prompt"],
            "num_inference_steps": settings["num_inference_steps"],
            "guidance_scale": settings["guidance_scale"],
            "generator": torch.Generator().manual_seed(42),
        }

    @property
    def defocus(self) -> NDArray[np.float32]:
        settings = self.settings
        disparity = disparity_from_depth(np.load(self.folder / "depth.npy"), settings["width"], settings["height"])
        mask = np.asarray(Image.open(self.folder / "mask.png")) if settings["focus_from"] == "mask" else None
        focus = focus_disparity(disparity, settings.get("focus_pixel_xy"), mask)
        return defocus_map(disparity, focus, settings["k_value"])

    def run(self, pipeline: GenerativeRefocusPipeline, **changed: Any) -> Any:
        """End to end, from the files."""
        options = self.options | {"output_type": "pt"} | changed
        if self.settings["kind"] == "bokeh":
            options = {"latents": self.tensors["init_latents"]} | options
            return pipeline.bokeh(self.photo, self.defocus, **options)
        pre = self.folder / "pre_deblur.png"
        return pipeline.deblur(self.photo, pre_deblurred=Image.open(pre) if pre.exists() else None, **options)

    def denoiser(self, pipeline: GenerativeRefocusPipeline) -> Denoiser:
        """From the recorded embeddings and condition tokens: no random numbers, no text encoder, no VAE."""
        tensors = self.tensors
        conditions = [
            Condition(tensors[f"cond{index}_tokens"], condition["position_delta"][1])
            for index, condition in enumerate(self.settings["conditions"])
        ]
        return Denoiser(
            pipeline.transformer,
            self.grid,
            prompt=PromptEmbeds(tensors["prompt_embeds"], tensors["pooled_prompt_embeds"]),
            conditions=conditions,
            guidance_scale=self.settings["guidance_scale"],
            adapter=self.settings["adapter_name"],
        )
