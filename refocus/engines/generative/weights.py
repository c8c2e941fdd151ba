"""The weights of the generative engine, FLUX.1-dev and its two LoRAs: found in the usual layouts and checked."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from refocus.core import Progress, WeightsMissing
from refocus.models.generative_refocus.checkpoint import (
    FLUX_WEIGHTS,
    LORA_WEIGHTS,
    PRE_DEBLUR_WEIGHTS,
    check_flux_folder,
    is_own_lora,
)
from refocus.models.generative_refocus.network_specs import (
    ADAPTED_WEIGHT,
    BOKEH_NET,
    DEBLUR_NET,
    PRE_DEBLUR_NET,
    SHAPE_NET,
)
from refocus.models.weights.components import missing_folder, tensor_shapes
from refocus.models.weights.hub import Announce, Download, all_cached, cached, fetch, find_repo
from refocus.models.weights.spec import NO_REVISIONS, WeightsSpec, check_commit, pinned, weights_used

SPECS = (FLUX_WEIGHTS, LORA_WEIGHTS)
DOWNLOAD_BYTES = sum(spec.size_bytes for spec in SPECS)

_LORA_PLACES = ("", "lora", "loras")  # below a folder
_HOW_TO_GET = (
    f"Accept the {FLUX_WEIGHTS.licence} at {FLUX_WEIGHTS.page} with a free account and run `hf auth login`, then "
    "`python -m refocus engines --download generative`"
)


@dataclass(frozen=True, slots=True)
class GenerativeFiles:
    """Paths of the parts of the model.

    Attributes:
        flux: FLUX.1-dev's folder in diffusers' layout.
        deblur_lora, bokeh_lora: the files of DeblurNet and BokehNet.
        pre_deblur_lora: the file of DeblurNet with two conditions; None when it is not used.
        shape_lora: the file of BokehNet's shape condition, which was never published; None without it.
    """

    flux: Path
    deblur_lora: Path
    bokeh_lora: Path
    pre_deblur_lora: Path | None = None
    shape_lora: Path | None = None

    @property
    def loras(self) -> tuple[Path, ...]:
        """The files of all LoRAs that are used."""
        return tuple(filter(None, (self.deblur_lora, self.bokeh_lora, self.pre_deblur_lora, self.shape_lora)))

    @property
    def weights_used(self) -> dict[str, str | None]:
        """See `weights_used` of `refocus.models.weights.spec`."""
        own = [file for file in self.loras if is_own_lora(file)]
        published = [file for file in self.loras if file not in own]
        loras = {LORA_WEIGHTS: published[-1].parent} if published else {}
        return weights_used({FLUX_WEIGHTS: self.flux, **loras}, own)


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Size of the model found; tests use a model of a millionth.

    Attributes:
        parameters: of the transformer.
        lora_rank: sum of the ranks of all LoRAs.
    """

    parameters: int
    lora_rank: int


def find_weights(
    models: Path | None, revisions: Mapping[str, str] = NO_REVISIONS, *, pre_deblur: bool = False
) -> GenerativeFiles:
    """Find all parts below a folder (`find_files`), or in the hub's cache.

    Args:
        models: the folder; None for the cache.
        revisions: chosen by the user, by repository.
        pre_deblur: whether DeblurNet with two conditions is used, too.

    Raises:
        WeightsMissing: naming the parts that are missing, or of another revision, and how to get them.
    """
    flux, loras = (pinned(spec, revisions) for spec in SPECS)
    if models is None:
        flux_folder, lora_folder = all_cached(
            (flux, loras), f"{_HOW_TO_GET}; or give their folder with --model or REFOCUS_MODELS."
        )
        deblur, bokeh = (lora_folder / network.lora_file for network in (DEBLUR_NET, BOKEH_NET))
        return GenerativeFiles(flux_folder, deblur, bokeh, _cached_pre_deblur(revisions) if pre_deblur else None)
    files = find_files(models, flux=flux, loras=loras, pre_deblur=pre_deblur)
    check_commit(files.flux, flux)
    for file in files.loras:
        check_commit(file.parent, loras)
    return files


def find_files(
    root: Path,
    *,
    flux: WeightsSpec = FLUX_WEIGHTS,
    loras: WeightsSpec = LORA_WEIGHTS,
    pre_deblur: bool = False,
) -> GenerativeFiles:
    """Find all parts below a folder.

    FLUX.1-dev is the folder itself, its `model` folder, or a repository in it (`find_repo`). The LoRAs are in the
    folder or in FLUX.1-dev's, in a `lora` folder in or beside either, or in their own repository.

    Args:
        root: the folder.
        flux, loras: repositories and revisions of the two parts.
        pre_deblur: whether to find the LoRA of DeblurNet with two conditions, too.

    Raises:
        WeightsMissing: when the folder does not exist, or a part is not in it; the message names the part.
    """
    if not root.is_dir():
        raise missing_folder(root)
    own = [folder for folder in (root, root / "model") if (folder / "model_index.json").is_file()]
    folder = own[0] if own else find_repo(root, flux)
    if folder is None:
        raise WeightsMissing(f"{root} has no {flux.repo}.", todo=f"{_HOW_TO_GET}; or choose its own folder.")
    places = _lora_places(root, folder, loras)
    return GenerativeFiles(
        folder,
        _find_lora(places, DEBLUR_NET.lora_file),
        _find_lora(places, BOKEH_NET.lora_file),
        _find_lora(places, PRE_DEBLUR_NET.lora_file) if pre_deblur else None,
        next((file for place in places if (file := place / SHAPE_NET.lora_file).is_file()), None),
    )


def check_headers(files: GenerativeFiles) -> ModelSize:
    """Check from configs and headers, without torch, that all parts are complete and fit each other.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model, or a LoRA would not load fully.
    """
    flux = check_flux_folder(files.flux)
    ranks = [_check_lora(file, flux) for file in files.loras]
    return ModelSize(sum(math.prod(shape) for shape in flux.values()), sum(ranks))


def download(announce: Announce, revisions: Mapping[str, str] = NO_REVISIONS) -> None:
    """Download the parts that are not in the hub's cache, at the revisions chosen.

    Raises:
        WeightsMissing: when the hub does not answer, or refuses: FLUX.1-dev is gated.
    """
    for spec in reversed(SPECS):
        fetch(pinned(spec, revisions), announce)


def download_pre_deblur(progress: Progress, revisions: Mapping[str, str] = NO_REVISIONS) -> tuple[str, ...]:
    """Download DeblurNet with two conditions, unless it is in the hub's cache.

    Args:
        progress: told size and licence, then how much is there; may raise `Cancelled`.
        revisions: chosen by the user, by repository.

    Returns:
        A note for the user when it was downloaded.

    Raises:
        WeightsMissing: when the hub does not answer, or refuses.
    """
    stage, notes = f"Downloading {PRE_DEBLUR_NET.lora_file}", []

    def announce(download: Download) -> None:
        size = f"{download.size_bytes / 1e6:.0f} MB"
        notes.append(f"{PRE_DEBLUR_NET.lora_file} was downloaded ({size}, licence: {download.licence}).")
        progress(f"{stage}: {size}, licence {download.licence}", 0.0)

    fetch(pinned(PRE_DEBLUR_WEIGHTS, revisions), announce, report=lambda done: progress(stage, done))
    return tuple(notes)


def _cached_pre_deblur(revisions: Mapping[str, str]) -> Path:
    folder = cached(pinned(PRE_DEBLUR_WEIGHTS, revisions))
    if folder is None:
        raise WeightsMissing(
            f"{PRE_DEBLUR_NET.lora_file} is not here.",
            todo=f"Download it from {PRE_DEBLUR_WEIGHTS.page}, or leave the pre-deblurred picture off.",
        )
    return folder / PRE_DEBLUR_NET.lora_file


def _lora_places(root: Path, flux: Path, loras: WeightsSpec) -> list[Path]:
    roots = [root, flux, flux.parent]
    repos = [find_repo(root_folder, loras) for root_folder in (root, flux.parent, flux.parent.parent)]
    return [*(root_folder / place for root_folder in roots for place in _LORA_PLACES), *filter(None, repos)]


def _find_lora(places: Iterable[Path], name: str) -> Path:
    for place in places:
        if (place / name).is_file():
            return place / name
    folders = list(dict.fromkeys(map(str, places)))
    raise WeightsMissing(
        f"{name} is not in {folders[0]} or beside FLUX.1-dev.",
        todo=f"Download it from {LORA_WEIGHTS.page} into {folders[0]}; without the LoRA FLUX.1-dev is another model.",
    )


def _check_lora(file: Path, flux: dict[str, tuple[int, ...]]) -> int:
    """The LoRA's rank. Raises WeightsMissing unless each adapted layer has both matrices in the right shape."""
    matrices = tensor_shapes(file)
    rank = 0
    for name, (outputs, inputs) in ((name, shape) for name, shape in flux.items() if ADAPTED_WEIGHT.fullmatch(name)):
        layer = f"transformer.{name.removesuffix('.weight')}"
        down, up = matrices.get(f"{layer}.lora_A.weight"), matrices.get(f"{layer}.lora_B.weight")
        if down is None or up is None or (up[0], down[-1]) != (outputs, inputs):
            raise WeightsMissing(
                f"The LoRA {file} does not fit this FLUX: {layer} is missing or has another shape.",
                todo=f"Use the files of {LORA_WEIGHTS.page} with {FLUX_WEIGHTS.repo}.",
            )
        rank = max(rank, down[0])
    return rank
