"""Segmentation of what a phrase names by CLIPSeg (Lüddecke and Ecker, CVPR 2022), through transformers.

It was chosen among the open-vocabulary models in transformers:

| model (all Apache-2.0) | weights | output | input size |
|---|---|---|---|
| CLIPSeg rd64 refined | 0.60 GB | a soft mask of the phrase, in one pass of a ViT-B | 352 px |
| OWLv2 base, then SAM | 0.62 + 0.38 GB | boxes; their masks need a second ViT-B | 960, then 1024 px |
| Grounding DINO tiny, then SAM | 0.69 + 0.38 GB | boxes, likewise | 800, then 1024 px |

Focusing needs the disparity inside a shape, not a box, so one pass that ends in a mask at a seventh of the pixels is
the fastest on a CPU. The mask's edges are coarse; `refocus.subjects.network_finder` snaps them to the picture's
outlines.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.models.clipseg.checkpoint import check_folder

if TYPE_CHECKING:
    import torch


class PhraseMask:
    """A loaded CLIPSeg. It must not run in several threads at once.

    Args:
        model, image_processor, tokenizer: of transformers.
    """

    name = "CLIPSeg"

    def __init__(self, model: Any, image_processor: Any, tokenizer: Any) -> None:
        self._model, self._image_processor, self._tokenizer = model, image_processor, tokenizer

    @classmethod
    def load(cls, folder: Path, *, device: "str | torch.device" = "cpu") -> "PhraseMask":
        """Load from a folder in the hub's layout, without requests to the hub.

        Raises:
            WeightsMissing: when a file is missing, truncated or of another model.
        """
        check_folder(folder)
        import torch
        from transformers import AutoImageProcessor, AutoTokenizer, CLIPSegForImageSegmentation

        model = CLIPSegForImageSegmentation.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        image_processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device).eval(), image_processor, tokenizer)

    def __call__(self, rgb: NDArray[np.uint8], phrase: str) -> NDArray[np.float32]:
        """Predict how likely each pixel belongs to what a phrase names.

        Args:
            rgb: (height, width, 3) uint8 sRGB.
            phrase: such as "the red cup"; truncated to CLIP's 77 tokens.

        Returns:
            (height, width) float32 in [0, 1].
        """
        import torch

        max_tokens = int(self._model.config.text_config.max_position_embeddings)
        pixels = self._image_processor(images=rgb, return_tensors="pt", input_data_format="channels_last")
        tokens = self._tokenizer([phrase], return_tensors="pt", truncation=True, max_length=max_tokens)
        with torch.inference_mode():
            output = self._model(
                input_ids=tokens.input_ids.to(self._model.device),
                attention_mask=tokens.attention_mask.to(self._model.device),
                pixel_values=pixels.pixel_values.to(self._model.device),
            )
        mask = output.logits.sigmoid().float().cpu().numpy().reshape(output.logits.shape[-2:])
        height, width = rgb.shape[:2]
        return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
