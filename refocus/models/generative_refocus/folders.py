"""Which weights the generative model needs, where they come from, and whether a folder holds them. Needs no torch."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.hub import Announce, fetch
from refocus.models.weights import ComponentSpec, WeightsSpec, check_component, no_folder, read_json, safetensors_shapes

DEBLUR_LORA_FILE = "deblurNet.safetensors"
BOKEH_LORA_FILE = "bokehNet.safetensors"

FLUX_WEIGHTS = WeightsSpec(
    repo="black-forest-labs/FLUX.1-dev",
    revision="3de623fc3c33e44ffbe2bad470d0f45bccf2eb21",
    files=(
        "model_index.json",
        "scheduler/*",
        "text_encoder/*",
        "text_encoder_2/*",
        "tokenizer/*",
        "tokenizer_2/*",
        "transformer/*",
        "vae/*",
    ),
    licence="FLUX.1 [dev] Non-Commercial License",
    size_bytes=33_700_000_000,
    gated=True,
)
"""FLUX.1-dev in bfloat16, in diffusers' layout; the single-file copies in the same repository are not downloaded."""

LORA_WEIGHTS = WeightsSpec(
    repo="nycu-cplab/Genfocus-Model",
    revision="main",
    files=(DEBLUR_LORA_FILE, BOKEH_LORA_FILE),
    licence="see the model page; FLUX.1 [dev] Non-Commercial License applies to what they adapt",
    size_bytes=1_000_000_000,
)
"""The two LoRAs. The size is a guess from their layers at rank 64; the hub tells the real one before a download."""

COMPONENTS = (
    ComponentSpec("scheduler", ("FlowMatchEulerDiscreteScheduler",), config="scheduler_config.json"),
    ComponentSpec("vae", ("AutoencoderKL",), weights="diffusion_pytorch_model"),
    ComponentSpec("text_encoder", ("CLIPTextModel",), weights="model"),
    ComponentSpec("text_encoder_2", ("T5EncoderModel",), weights="model"),
    ComponentSpec(
        "transformer",
        ("FluxTransformer2DModel",),
        weights="diffusion_pytorch_model",
        require={"guidance_embeds": True},
    ),
)
_TOKENIZERS = ("tokenizer", "tokenizer_2")


def find_flux(folder_or_repo: str | PathLike[str], announce: Announce) -> Path:
    """The folder of FLUX.1-dev, checked; downloaded when a hub repository is named.

    Args:
        folder_or_repo: a pipeline folder in diffusers' layout, or owner/name or owner/name@revision on the hub.
        announce: told size and licence before a download.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model, or the hub refuses.
    """
    folder = Path(folder_or_repo)
    if not folder.exists():
        folder = fetch(_at_repo(FLUX_WEIGHTS, folder_or_repo), announce)
    check_flux_folder(folder)
    return folder


def check_flux_folder(folder: Path) -> None:
    """Check from configs and headers that a folder holds all of FLUX.1-dev. Raises WeightsMissing."""
    if not folder.is_dir():
        raise WeightsMissing(f"{folder} is not a folder.", todo="Choose the folder that holds model_index.json.")
    pipeline = read_json(folder / "model_index.json").get("_class_name")
    if pipeline != "FluxPipeline":
        raise WeightsMissing(
            f"{folder} holds a {pipeline}, but the generative model is a FluxPipeline.",
            todo="Choose the folder of FLUX.1-dev.",
        )
    for component in COMPONENTS:
        check_component(folder / component.name, component)
    for name in _TOKENIZERS:
        if not (folder / name).is_dir():
            raise WeightsMissing(f"{folder / name} is missing.", todo="Download the weights again.")


def find_lora(file_or_folder_or_repo: str | PathLike[str], file_name: str, announce: Announce) -> Path:
    """The file of one LoRA, checked to be whole.

    Args:
        file_or_folder_or_repo: the file, a folder that has it under its published name, or owner/name on the hub.
        file_name: the published name.
        announce: told size and licence before a download.

    Raises:
        WeightsMissing: when it is absent or truncated, or the hub refuses.
    """
    path = Path(file_or_folder_or_repo)
    if not path.exists() and path.suffix != ".safetensors":
        path = fetch(replace(_at_repo(LORA_WEIGHTS, file_or_folder_or_repo), files=(file_name,)), announce)
    file = path / file_name if path.is_dir() else path
    safetensors_shapes(file)
    return file


def _at_repo(spec: WeightsSpec, name: str | PathLike[str]) -> WeightsSpec:
    """The files of a spec in the repository of that name, owner/name or owner/name@revision."""
    if not isinstance(name, str) or name.count("/") != 1 or name.startswith(("/", ".", "~")):
        raise no_folder(name)
    repo, _, revision = name.partition("@")
    usual = spec.revision if repo == spec.repo else "main"
    return replace(spec, repo=repo, revision=revision or usual)
