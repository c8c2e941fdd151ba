"""How alike CLIP sees two pictures: the cosine of its image embeddings, known as CLIP-I."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.models.weights.spec import WeightsSpec

CLIP_WEIGHTS = WeightsSpec(
    repo="openai/clip-vit-large-patch14",
    revision="main",
    files=("config.json", "preprocessor_config.json", "model.safetensors"),
    licence="MIT (the code); the model card restricts deployed uses",
    size_bytes=1_710_000_000,
)


@dataclass(frozen=True, slots=True, eq=False)
class ClipImageSimilarity:
    """CLIP-I: cosine of the CLIP image embeddings of two pictures.

    Attributes:
        model: a CLIPVisionModelWithProjection of transformers.
        processor: its CLIPImageProcessor.
        device: of the model.
    """

    model: Any
    processor: Any
    device: str

    @classmethod
    def from_folder(cls, folder: Path, device: str) -> "ClipImageSimilarity":
        """From a folder in transformers' layout."""
        from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

        model = CLIPVisionModelWithProjection.from_pretrained(folder).eval().to(device)
        return cls(model, CLIPImageProcessor.from_pretrained(folder), device)

    def __call__(self, first_srgb: NDArray[np.uint8], second_srgb: NDArray[np.uint8]) -> float:
        """The cosine of two pictures, each (height, width, 3) uint8 sRGB of any size: -1 to 1, and 1 for equal ones."""
        import torch

        pixels = self.processor(images=[first_srgb, second_srgb], return_tensors="pt")["pixel_values"].to(self.device)
        with torch.no_grad():
            first, second = self.model(pixel_values=pixels).image_embeds.double().cpu().numpy()
        return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
