"""A network's folder: found by name, checked from config and headers, without torch."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.monocular_depth.settings import CONFIG, PREPARATION, WEIGHTS, DepthNetworkSpec, spec_of
from refocus.models.weights import ComponentSpec, check_component, find_repo, read_json

DEPTH_ANYTHING_CLASS, DEPTH_PRO_CLASS = "DepthAnythingForDepthEstimation", "DepthProForDepthEstimation"
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_HOW_NAMED = "Give a hub name (owner/name), a folder in the hub's layout, or the name of one inside REFOCUS_MODELS."


@dataclass(frozen=True, slots=True)
class DepthFolder:
    """A whole network on this computer.

    Attributes:
        path: its folder.
        class_name: of the model.
        metric: whether it answers distances, and not only what is nearer than what.
        parameters: how many numbers it learned.
    """

    path: Path
    class_name: str
    metric: bool
    parameters: int


def find_folder(name: str, models: Path | None) -> Path | None:
    """The folder a name means, when it is on this computer: itself, or below the folder of weights.

    Args:
        name: a hub name, a folder, or the name of a folder inside `models`.
        models: the folder of weights; None when there is none.

    Raises:
        WeightsMissing: when the name is no hub name and no such folder exists.
    """
    own = Path(name).expanduser()
    inside = None if models is None else models / name
    for folder in (own, inside):
        if folder is not None and folder.is_dir():
            return folder
    if not is_repo(name):
        where = f" here or in {models}" if models is not None else ""
        raise WeightsMissing(f"There is no depth model {name!r}{where}.", todo=_HOW_NAMED)
    return None if models is None else find_repo(models, spec_of(name).weights)


def is_repo(name: str) -> bool:
    """Whether a name can be that of a hub repository."""
    return _REPO.fullmatch(name) is not None and not name.startswith(".")


def check_folder(folder: Path) -> DepthFolder:
    """Check that a whole network of a known class lies in a folder.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    config = read_json(folder / CONFIG)
    read_json(folder / PREPARATION)
    classes = (DEPTH_ANYTHING_CLASS, DEPTH_PRO_CLASS)
    shapes = check_component(folder, ComponentSpec("depth model", classes, weights=WEIGHTS))
    class_name = config["architectures"][0]
    metric = class_name == DEPTH_PRO_CLASS or config.get("depth_estimation_type") == "metric"
    return DepthFolder(folder, class_name, metric, sum(math.prod(shape) for shape in shapes.values()))


def title_of(name: str) -> str:
    """How a network is called in sentences: its title when it is known, else its name."""
    spec: DepthNetworkSpec | None = spec_of(name) if is_repo(name) else None
    return Path(name).name if spec is None else spec.title
