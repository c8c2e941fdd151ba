"""The networks known by name: where they come from, under which licence, how large they are."""

from dataclasses import dataclass

from refocus.models.weights import WeightsSpec

CONFIG, PREPARATION, WEIGHTS = "config.json", "preprocessor_config.json", "model"
_FILES = (CONFIG, PREPARATION, f"{WEIGHTS}.safetensors")
_UNKNOWN_LICENCE = "see its page"


@dataclass(frozen=True, slots=True)
class DepthNetworkSpec:
    """A network as a user meets it.

    Attributes:
        title: as read.
        weights: its files on the hub.
    """

    title: str
    weights: WeightsSpec

    def __str__(self) -> str:
        size = f"{self.weights.size_bytes / 1e6:.0f} MB, " if self.weights.size_bytes else ""
        return f"{self.title} ({size}licence: {self.weights.licence})"


DEPTH_ANYTHING = DepthNetworkSpec(
    "Depth Anything V2 Small",
    WeightsSpec("depth-anything/Depth-Anything-V2-Small-hf", "main", _FILES, "Apache-2.0", 99_200_000),
)
DEPTH_PRO = DepthNetworkSpec(
    "Depth Pro",
    WeightsSpec("apple/DepthPro-hf", "main", _FILES, "Apple AMLR (research only)", 1_904_000_000),
)
KNOWN = (DEPTH_ANYTHING, DEPTH_PRO)
DEFAULT = DEPTH_ANYTHING


def spec_of(repo: str) -> DepthNetworkSpec:
    """The network of a hub repository ("owner/name"); one nobody knows gets its size and licence from the hub."""
    known = next((spec for spec in KNOWN if spec.weights.repo.lower() == repo.lower()), None)
    return known or DepthNetworkSpec(repo, WeightsSpec(repo, "main", _FILES, _UNKNOWN_LICENCE, 0))
