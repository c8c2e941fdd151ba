"""The weights of CLIPSeg: where they come from, and whether a folder holds all of them. Needs no torch."""

from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.weights.components import ComponentSpec, check_component
from refocus.models.weights.spec import WeightsSpec

_COMPONENT = ComponentSpec("", ("CLIPSegForImageSegmentation",), weights="model")
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
    """The spec of a hub repository (owner/name) that holds a CLIPSeg."""
    if repo == DEFAULT_WEIGHTS.repo:
        return DEFAULT_WEIGHTS
    return WeightsSpec(repo=repo, revision="main", files=_FILES, licence="see its page", size_bytes=0)


def check_folder(folder: Path) -> None:
    """Check from the config and the weights' header that a folder holds a complete CLIPSeg.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    check_component(folder, _COMPONENT)
    for alternatives in (("preprocessor_config.json",), ("vocab.json", "tokenizer.json")):
        if not any((folder / name).is_file() for name in alternatives):
            raise WeightsMissing(f"{folder / alternatives[0]} is missing.", todo="Download the whole repository again.")
