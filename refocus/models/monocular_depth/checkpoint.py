"""The weights of a depth network: where they come from, and whether a folder holds all of them. Needs no torch."""

from dataclasses import dataclass
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.weights.components import ComponentSpec, check_component, read_json
from refocus.models.weights.hub import find_repo
from refocus.models.weights.spec import WeightsSpec, is_repo

DEPTH_ANYTHING_CLASS, DEPTH_PRO_CLASS = "DepthAnythingForDepthEstimation", "DepthProForDepthEstimation"
PREPROCESSOR_CONFIG = "preprocessor_config.json"
_COMPONENT = ComponentSpec("depth model", (DEPTH_ANYTHING_CLASS, DEPTH_PRO_CLASS), weights="model")
_FILES = (_COMPONENT.config, PREPROCESSOR_CONFIG, f"{_COMPONENT.weights}.safetensors")


@dataclass(frozen=True, slots=True)
class DepthNetworkSpec:
    """A depth network on the hub.

    Attributes:
        title: as shown to users.
        weights: its files on the hub.
    """

    title: str
    weights: WeightsSpec

    def __str__(self) -> str:
        size = f"{self.weights.size_bytes / 1e6:.0f} MB, " if self.weights.size_bytes else ""
        return f"{self.title} ({size}{self.weights.licence})"


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


@dataclass(frozen=True, slots=True)
class DepthFolder:
    """A complete network on this computer.

    Attributes:
        path: its folder.
        class_name: of the model.
        metric: whether it predicts distances, not only relative depth.
    """

    path: Path
    class_name: str
    metric: bool


def spec_of(repo: str) -> DepthNetworkSpec:
    """The spec of a hub repository (owner/name); size and licence of an unknown one are left to the hub."""
    known = next((spec for spec in KNOWN if spec.weights.repo.lower() == repo.lower()), None)
    return known or DepthNetworkSpec(repo, WeightsSpec(repo, "main", _FILES, "see its page", 0))


def find_folder(name: str, models: Path | None) -> Path | None:
    """The folder of a network, or None when it is not on this computer.

    Args:
        name: a hub repository, a folder, or a folder inside `models`.
        models: the folder of weights, if there is one.

    Raises:
        WeightsMissing: when the name is not that of a hub repository and no such folder exists.
    """
    path = Path(name).expanduser()
    inside = None if models is None else models / name
    for folder in (path, inside):
        if folder is not None and folder.is_dir():
            return folder
    if not is_repo(name):
        where = f" here or in {models}" if models is not None else ""
        raise WeightsMissing(
            f"There is no depth model {name!r}{where}.",
            todo="Give a hub repository (owner/name), a folder in the hub's layout, or a folder inside REFOCUS_MODELS.",
        )
    return None if models is None else find_repo(models, spec_of(name).weights)


def check_folder(folder: Path) -> DepthFolder:
    """Check that a folder holds a complete network of a known class.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    config = read_json(folder / _COMPONENT.config)
    if not {"size", "image_mean", "image_std"} <= read_json(folder / PREPROCESSOR_CONFIG).keys():
        raise WeightsMissing(
            f"{folder / PREPROCESSOR_CONFIG} is not that of a depth model.", todo="Download the model again."
        )
    check_component(folder, _COMPONENT)
    class_name = config["architectures"][0]
    metric = class_name == DEPTH_PRO_CLASS or config.get("depth_estimation_type") == "metric"
    return DepthFolder(folder, class_name, metric)


def title_of(name: str) -> str:
    """The title of a network, or its name when it is not a known one."""
    return spec_of(name).title if is_repo(name) else Path(name).name
