"""Where the generative engine's weights are: FLUX.1-dev and its two LoRAs, in the layouts people keep them in."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.checkpoint import (
    FLUX_WEIGHTS,
    LORA_WEIGHTS,
    check_flux_folder,
)
from refocus.models.generative_refocus.network_specs import BOKEH_NET, DEBLUR_NET
from refocus.models.weights.components import missing_folder, tensor_shapes
from refocus.models.weights.hub import Announce, cached, fetch, find_repo
from refocus.models.weights.spec import NO_REVISIONS, WeightsSpec, check_commit, commit_of, pinned

SPECS = (FLUX_WEIGHTS, LORA_WEIGHTS)
DOWNLOAD_BYTES = sum(spec.size_bytes for spec in SPECS)

_ADAPTED = re.compile(
    r"(x_embedder"
    r"|transformer_blocks\.\d+\.(norm1\.linear|attn\.to_[qkv]|attn\.to_out\.0|ff\.net\.2)"
    r"|single_transformer_blocks\.\d+\.(norm\.linear|attn\.to_[qkv]|proj_mlp|proj_out))\.weight"
)
_LORA_PLACES = ("", "lora", "loras")  # below a folder
_HOW_TO_GET = (
    f"Accept the {FLUX_WEIGHTS.licence} at {FLUX_WEIGHTS.page} with a free account and run `hf auth login`, then "
    "`python -m refocus engines --download generative`"
)


@dataclass(frozen=True, slots=True)
class GenerativeFiles:
    """Where the parts of the model lie.

    Attributes:
        flux: FLUX.1-dev's folder in diffusers' layout.
        deblur_lora, bokeh_lora: the files of DeblurNet and BokehNet.
    """

    flux: Path
    deblur_lora: Path
    bokeh_lora: Path


@dataclass(frozen=True, slots=True)
class ModelSize:
    """How large the model found is; those of tests are a millionth of the real one.

    Attributes:
        parameters: of the transformer.
        lora_rank: of the larger LoRA.
    """

    parameters: int
    lora_rank: int


def find_weights(models: Path | None, revisions: Mapping[str, str] = NO_REVISIONS) -> GenerativeFiles:
    """Find all parts: below a folder (`find_files`), or in the hub's cache when None.

    Args:
        models: the folder.
        revisions: chosen by the user, by repository.

    Raises:
        WeightsMissing: naming what is not there, or of another revision, and how to get it.
    """
    specs = [pinned(spec, revisions) for spec in SPECS]
    if models is not None:
        files = find_files(models, flux=specs[0], loras=specs[1])
        check_commit(files.flux, specs[0])
        for file in (files.deblur_lora, files.bokeh_lora):
            check_commit(file.parent, specs[1])
        return files
    flux, loras = map(cached, specs)
    if flux is None or loras is None:
        missing = [spec.repo for spec, there in zip(specs, (flux, loras), strict=True) if there is None]
        raise WeightsMissing(
            f"its weights ({DOWNLOAD_BYTES / 1e9:.0f} GB) are not here: {', '.join(missing)}.",
            todo=f"{_HOW_TO_GET}; or give their folder with --model or REFOCUS_MODELS.",
        )
    return GenerativeFiles(flux, loras / DEBLUR_NET.lora_file, loras / BOKEH_NET.lora_file)


def weights_used(files: GenerativeFiles) -> dict[str, str | None]:
    """The commit of each repository the model was loaded from; None where its folder does not tell."""
    return {FLUX_WEIGHTS.repo: commit_of(files.flux), LORA_WEIGHTS.repo: commit_of(files.bokeh_lora.parent)}


def find_files(root: Path, *, flux: WeightsSpec = FLUX_WEIGHTS, loras: WeightsSpec = LORA_WEIGHTS) -> GenerativeFiles:
    """Find all parts below a folder.

    FLUX.1-dev is the folder itself, its `model` folder, or lies there under its hub name (`find_repo`). The LoRAs lie
    in the folder or in FLUX.1-dev's, in a `lora` folder in or beside either, or under their hub name.

    Args:
        root: the folder.
        flux, loras: repositories and revisions of the two parts.

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
    return GenerativeFiles(folder, _find_lora(places, DEBLUR_NET.lora_file), _find_lora(places, BOKEH_NET.lora_file))


def check_headers(files: GenerativeFiles) -> ModelSize:
    """Check from configs and headers, without torch, that all parts are whole and fit each other.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model, or a LoRA would not load fully.
    """
    flux = check_flux_folder(files.flux)
    ranks = [_check_lora(file, flux) for file in (files.deblur_lora, files.bokeh_lora)]
    return ModelSize(sum(math.prod(shape) for shape in flux.values()), max(ranks))


def download(announce: Announce, revisions: Mapping[str, str] = NO_REVISIONS) -> None:
    """Get all parts from the hub, at the revisions chosen, or from its cache when they are there already.

    Raises:
        WeightsMissing: when the hub does not answer, or refuses: FLUX.1-dev is gated.
    """
    for spec in reversed(SPECS):
        fetch(pinned(spec, revisions), announce)


def _lora_places(root: Path, flux: Path, loras: WeightsSpec) -> list[Path]:
    homes = [root, flux, flux.parent]
    repos = [find_repo(home, loras) for home in (root, flux.parent, flux.parent.parent)]
    return [*(home / place for home in homes for place in _LORA_PLACES), *filter(None, repos)]


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
    """The LoRA's rank, when each layer it acts on has its two halves in the right shape."""
    halves = tensor_shapes(file)
    rank = 0
    for name, (outputs, inputs) in ((name, shape) for name, shape in flux.items() if _ADAPTED.fullmatch(name)):
        layer = f"transformer.{name.removesuffix('.weight')}"
        down, up = halves.get(f"{layer}.lora_A.weight"), halves.get(f"{layer}.lora_B.weight")
        if down is None or up is None or (up[0], down[-1]) != (outputs, inputs):
            raise WeightsMissing(
                f"The LoRA {file} does not fit this FLUX: {layer} is missing or has another shape.",
                todo=f"Use the files of {LORA_WEIGHTS.page} with {FLUX_WEIGHTS.repo}.",
            )
        rank = max(rank, down[0])
    return rank
