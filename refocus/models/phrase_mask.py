"""A network that marks what a phrase names in a picture: CLIPSeg (Lüddecke and Ecker, CVPR 2022), through transformers.

Chosen among the open-vocabulary models that transformers runs:

| model (all Apache-2.0) | weights | gives | size it works at |
|---|---|---|---|
| CLIPSeg rd64 refined | 0.60 GB | a soft mask for the phrase, in one pass of a ViT-B | 352 px |
| OWLv2 base, then SAM | 0.62 + 0.38 GB | boxes; their masks need a second ViT-B | 960, then 1024 px |
| Grounding DINO tiny, then SAM | 0.69 + 0.38 GB | boxes, likewise | 800, then 1024 px |

Focus needs the disparity inside a shape, not a box, so one pass over a seventh of the pixels, which ends in a mask,
wins on a processor. Its edges are coarse, and whoever uses it follows the outlines of the picture
(`refocus.subjects.by_network`). The three are about as large and as free.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import WeightsMissing
from refocus.models.weights import ComponentSpec, WeightsSpec, check_component

if TYPE_CHECKING:
    import torch

_CLASS = "CLIPSegForImageSegmentation"
_PART = ComponentSpec("", (_CLASS,), weights="model")
_FILES = (
    "config.json",
    "preprocessor_config.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
    "model.safetensors",
)

DEFAULT_WEIGHTS = WeightsSpec(
    repo="CIDAS/clipseg-rd64-refined", revision="main", files=_FILES, licence="Apache-2.0", size_bytes=605_000_000
)


def weights_of(repo: str) -> WeightsSpec:
    """What is needed of a repository ("owner/name") that holds a CLIPSeg."""
    if repo == DEFAULT_WEIGHTS.repo:
        return DEFAULT_WEIGHTS
    return WeightsSpec(repo=repo, revision="main", files=_FILES, licence="see its page", size_bytes=0)


def check_phrase_mask_folder(folder: Path) -> None:
    """Check from the config and the weights' header, without torch, that a folder holds a whole CLIPSeg.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model.
    """
    check_component(folder, _PART)
    has_words = (folder / "tokenizer.json").is_file() or (folder / "vocab.json").is_file()
    for name, there in (
        ("preprocessor_config.json", (folder / "preprocessor_config.json").is_file()),
        ("vocab.json", has_words),
    ):
        if not there:
            raise WeightsMissing(f"{folder / name} is missing.", todo="Download the whole repository again.")


class PhraseMask:
    """CLIPSeg in memory. One call at a time: whoever shares it holds a lock.

    Args:
        model, images, words: the network, its image processor and its tokenizer.
    """

    name = "CLIPSeg"

    def __init__(self, model: Any, images: Any, words: Any) -> None:
        self._model, self._images, self._words = model, images, words

    @classmethod
    def load(cls, folder: Path, *, device: "str | torch.device" = "cpu") -> "PhraseMask":
        """Load from a folder in the hub's layout; nothing is asked of the network.

        Raises:
            WeightsMissing: as `check_phrase_mask_folder`.
        """
        check_phrase_mask_folder(folder)
        import torch
        from transformers import AutoImageProcessor, AutoTokenizer, CLIPSegForImageSegmentation

        model = CLIPSegForImageSegmentation.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        images = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        words = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device).eval(), images, words)

    def __call__(self, rgb: NDArray[np.uint8], phrase: str) -> NDArray[np.float32]:
        """How much each pixel belongs to what the phrase names.

        Args:
            rgb: (height, width, 3) uint8 sRGB.
            phrase: such as "the red cup"; what is longer than CLIP's 77 tokens is cut off.

        Returns:
            (height, width) float32 in [0, 1].
        """
        import torch

        pixels = self._images(images=rgb, return_tensors="pt", input_data_format="channels_last")
        tokens = self._words([phrase], return_tensors="pt", truncation=True, max_length=self._most_tokens())
        with torch.inference_mode():
            found = self._model(
                input_ids=tokens.input_ids.to(self._model.device),
                attention_mask=tokens.attention_mask.to(self._model.device),
                pixel_values=pixels.pixel_values.to(self._model.device),
            )
        likely = found.logits.sigmoid().float().cpu().numpy().reshape(found.logits.shape[-2:])
        height, width = rgb.shape[:2]
        return np.asarray(cv2.resize(likely, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)

    def _most_tokens(self) -> int:
        return int(self._model.config.text_config.max_position_embeddings)
