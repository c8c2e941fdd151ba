"""The evaluation protocols: which metrics, and how they are defined where definitions differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

ProtocolName = Literal["standard", "learn2refocus", "genfocus"]
PROTOCOL_NAMES: tuple[ProtocolName, ...] = get_args(ProtocolName)


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way to evaluate.

    Attributes:
        metrics: names of its metrics, in the order of their display.
        pooled_psnr: whether PSNR is of the squared error of all pictures of a cell together, and not a mean of PSNRs.
        definitions: what its metrics mean where that is not obvious, by metric, for the output.
        beside: what a reader must know to compare with published numbers.
    """

    metrics: tuple[str, ...]
    pooled_psnr: bool = False
    definitions: Mapping[str, str] = field(default_factory=dict)
    beside: str = ""


PROTOCOLS: Mapping[ProtocolName, Protocol] = MappingProxyType(
    {
        "standard": Protocol(("psnr", "ssim", "lpips", "fid", "vif")),
        "learn2refocus": Protocol(
            ("psnr", "ssim", "lpips", "fid", "vif"),
            pooled_psnr=True,
            definitions={
                "psnr": "10 log10 of 1 over the mean squared error of all pictures of a cell together, on [0, 1]",
                "vif": "on values in [0, 1] with the arguments (truth, predicted), as the published code calls it",
            },
            beside="The published evaluation has every test scene with each of the nine input positions.",
        ),
        "genfocus": Protocol(
            ("ssim", "lpips", "lpips_alex", "dists", "clip_i", "clip_iqa", "maniqa", "musiq", "lvcorr"),
            definitions={
                "lpips": "with VGG-16; the paper does not name its network",
                "lpips_alex": "with AlexNet, pyiqa's default",
                "clip_i": "cosine of the CLIP ViT-L/14 image embeddings of prediction and truth; the paper does not "
                "name its network",
                "clip_iqa": "pyiqa's clipiqa, of the prediction alone",
                "maniqa": "pyiqa's maniqa (KonIQ-10k), of the prediction alone",
                "musiq": "pyiqa's musiq (KonIQ-10k), of the prediction alone",
                "lvcorr": "minus the Pearson correlation of K and the variance of the Laplacian of the pictures, since "
                "that variance falls as K grows; 1 is best",
                "best_k": "the K of each truth picture whose prediction has the highest SSIM; the other metrics are of "
                "that prediction",
            },
            beside="The published numbers are of the authors' own test sets, which are not released.",
        ),
    }
)
