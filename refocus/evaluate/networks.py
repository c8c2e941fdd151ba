"""Loads the metrics that can be measured here, and the reasons why others are left out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from refocus.core import BadInput, EngineNotReady, WeightsMissing
from refocus.evaluate.frechet import INCEPTION_FILE, INCEPTION_PAGE, FeatureExtractor, Features
from refocus.evaluate.lpips import VGG_WEIGHTS, Lpips
from refocus.evaluate.metrics import METRICS, NETWORK_FREE_MEASURES, Measure, vif_unit
from refocus.evaluate.protocols import PROTOCOLS, ProtocolName
from refocus.evaluate.quality_networks import PYIQA_NAMES, load_clip, load_pyiqa
from refocus.models.weights.hub import cached

_FID_PACKAGES = ("torchvision", "torch_fidelity")
_VGG_FILES = ("timm/vgg16.tv_in1k/model.safetensors", "vgg16.tv_in1k/model.safetensors", "vgg16-397923af.pth")


@dataclass(frozen=True, slots=True, eq=False)
class MetricSet:
    """The metrics to measure.

    Attributes:
        measures: functions of metrics of two pictures, by name.
        features: feature extractor for FID; None without FID.
        left_out: names of metrics that are not measured, with the reason and what to do.
        per_scene: names of metrics of all pictures of a scene together.
    """

    measures: dict[str, Measure]
    features: FeatureExtractor | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    per_scene: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """All metrics that are measured, in the order of `METRICS`."""
        fid = {"fid"} if self.features is not None else set()
        return [name for name in METRICS if name in self.measures.keys() | fid | self.per_scene]


def load_metrics(
    names: Collection[str] | None = None,
    *,
    protocol: ProtocolName = "standard",
    models: Path | None = None,
    device: str | None = None,
) -> MetricSet:
    """Load metrics and the weights they need. Nothing is downloaded, except by pyiqa when it is installed and used.

    Args:
        names: of metrics; None for all of the protocol that can be measured here.
        protocol: whose metrics.
        models: folder of weights, beside the cache of the hub.
        device: for the networks; by default the CPU.

    Raises:
        BadInput: for an unknown metric.
        EngineNotReady: when a metric in `names` cannot be measured here.
    """
    known = PROTOCOLS[protocol].metrics
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise BadInput(f"There is no metric {', '.join(unknown)}.", todo=f"Choose from: {', '.join(known)}.")
    chosen = set(known if names is None else names)
    network_free = {**NETWORK_FREE_MEASURES, **({"vif": vif_unit} if protocol == "learn2refocus" else {})}
    measures = {name: measure for name, measure in network_free.items() if name in chosen}
    left_out: dict[str, str] = {}
    features: FeatureExtractor | None = None
    if "lpips" in chosen:
        vgg = _vgg_file(models)
        if vgg is None:
            left_out["lpips"] = _missing_vgg(models)
        else:
            measures["lpips"] = Lpips.from_weights(vgg, device or "cpu")
    if "fid" in chosen:
        inception, why = _inception_file(models)
        if inception is None:
            left_out["fid"] = why
        else:
            features = Features.inception(inception, device or "cpu")
    for name in chosen & {"clip_i", *PYIQA_NAMES}:
        try:
            measures[name] = (
                load_clip(models, device or "cpu") if name == "clip_i" else load_pyiqa(name, device or "cpu")
            )
        except WeightsMissing as error:
            left_out[name] = f"{METRICS[name].title} is left out: {error.message} {error.todo}"
    if names is not None and left_out:
        raise EngineNotReady(" ".join(left_out.values()), todo="Or leave it out of --metrics.")
    return MetricSet(measures, features, dict(sorted(left_out.items())), frozenset(chosen & {"lvcorr"}))


def _vgg_file(models: Path | None) -> Path | None:
    candidates = [models / name for name in _VGG_FILES] if models is not None else []
    folder = cached(VGG_WEIGHTS)
    if folder is not None:
        candidates.append(folder / VGG_WEIGHTS.files[0])
    return next((file for file in candidates if file.is_file()), None)


def _missing_vgg(models: Path | None) -> str:
    place = f"{models} and the hub's cache hold" if models is not None else "the hub's cache holds"
    return (
        f"LPIPS is left out: {place} no VGG-16. Get it with `python -m refocus evaluate --download` "
        f"({VGG_WEIGHTS.size_bytes / 1e6:.0f} MB), or put {_VGG_FILES[0]} or torchvision's {_VGG_FILES[-1]} "
        "into the folder that REFOCUS_MODELS names."
    )


def _inception_file(models: Path | None) -> tuple[Path | None, str]:
    missing = [name for name in _FID_PACKAGES if find_spec(name) is None]
    if missing:
        return None, (
            f"FID is left out: {' and '.join(missing).replace('_', '-')} {'is' if len(missing) == 1 else 'are'} not "
            "installed. Run: pip install -r refocus/evaluate/requirements.txt."
        )
    places = [models] if models is not None else []
    file = next((place / INCEPTION_FILE for place in places if (place / INCEPTION_FILE).is_file()), None)
    return file, "" if file else (
        f"FID is left out: there is no {INCEPTION_FILE} in the folder that REFOCUS_MODELS names. "
        f"Download it from {INCEPTION_PAGE}."
    )
