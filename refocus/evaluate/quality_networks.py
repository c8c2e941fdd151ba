"""The metrics of the Genfocus protocol that are networks: those of pyiqa, and CLIP-I."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.evaluate.metrics import Measure, Picture, tensor_255
from refocus.models.clip_similarity import CLIP_WEIGHTS, ClipImageSimilarity
from refocus.models.weights.hub import cached, find_repo

PYIQA_NAMES: Mapping[str, str] = {
    "lpips_alex": "lpips",
    "dists": "dists",
    "clip_iqa": "clipiqa",
    "maniqa": "maniqa",
    "musiq": "musiq",
}
"""pyiqa's names of our metrics."""
_PACKAGES = ("pyiqa", "torchvision")
_INSTALL = "Run: pip install -r refocus/evaluate/requirements-iqa.txt (read its first lines)."
_ONLINE = "It downloads its weights once: connect to the internet."


def load_pyiqa(name: str, device: str) -> Measure:
    """A metric of pyiqa, https://github.com/chaofengc/IQA-PyTorch; it downloads its weights at the first use.

    Args:
        name: ours, of `PYIQA_NAMES`.
        device: "cpu", "cuda", ...

    Raises:
        WeightsMissing: when pyiqa is not installed, or its weights cannot be downloaded.
    """
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise WeightsMissing(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed.", todo=_INSTALL
        )
    import pyiqa
    import torch

    try:
        metric = pyiqa.create_metric(PYIQA_NAMES[name], device=torch.device(device))
    except (OSError, RuntimeError) as error:
        raise WeightsMissing(f"pyiqa cannot load {PYIQA_NAMES[name]} ({error}).", todo=_ONLINE) from error

    def measure(predicted: Picture, truth: Picture) -> float:
        pictures = [tensor_255(picture) / 255 for picture in (predicted, truth)]
        with torch.no_grad():
            return float(metric(*pictures) if metric.metric_mode == "FR" else metric(pictures[0]))

    return measure


def load_clip(models: Path | None, device: str) -> ClipImageSimilarity:
    """CLIP-I with the weights in a folder or in the hub's cache. Raises WeightsMissing when they are in neither."""
    folder = None if models is None else find_repo(models, CLIP_WEIGHTS)
    folder = folder or cached(CLIP_WEIGHTS)
    if folder is None:
        raise WeightsMissing(
            f"{CLIP_WEIGHTS.repo} is not here.",
            todo=f"Run: hf download {CLIP_WEIGHTS.repo} ({CLIP_WEIGHTS.size_bytes / 1e9:.1f} GB).",
        )
    return ClipImageSimilarity.from_folder(folder, device)
