"""Weights on disk: checks that each component of a pipeline is complete and of the right model, and loads it in full.

The checks read configs and safetensors headers only, and import neither torch nor diffusers.
"""

import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from refocus.core import WeightsMissing
from refocus.models.memory import is_out_of_memory

Shapes = dict[str, tuple[int, ...]]
"""Shape of each tensor by name."""

_LFS_POINTER = b"version https://git-lfs"
_DOWNLOAD_AGAIN = "Download it again."
_RIGHT_FOLDER = "Choose the folder of the right model."


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """A component of a pipeline, and what its folder must hold.

    Attributes:
        name: of the component and its folder.
        class_names: accepted classes; the config has the class as `_class_name` (diffusers), in `architectures` or as
            `image_processor_type` (transformers).
        config: file name of the config.
        weights: file name of the weights without ".safetensors"; empty for a component without weights.
        require: config values that must match.
    """

    name: str
    class_names: tuple[str, ...]
    config: str = "config.json"
    weights: str = ""
    require: Mapping[str, Any] = field(default_factory=dict)


def missing_folder(path: object) -> WeightsMissing:
    """The error for a folder of weights that does not exist."""
    return WeightsMissing(f"There is no folder {path}.", todo="Choose the folder that holds the weights.")


def read_json(path: Path) -> dict[str, Any]:
    """Read a config file. Raises WeightsMissing when it is missing or not a JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsMissing(
            f"{path} is missing.", todo="Download the weights again, or choose their folder."
        ) from error
    except (OSError, ValueError) as error:
        raise WeightsMissing(f"{path} cannot be read: {error}.", todo=_DOWNLOAD_AGAIN) from error
    if not isinstance(content, dict):
        raise WeightsMissing(f"{path} is not a model's config.", todo=_DOWNLOAD_AGAIN)
    return content


def check_pipeline(
    folder: Path, class_names: Collection[str], components: Iterable[ComponentSpec], *, variant: str | None = None
) -> dict[str, Shapes]:
    """Check a pipeline folder in diffusers' layout.

    Args:
        folder: with model_index.json and a folder for each component.
        class_names: accepted pipeline classes.
        components: what must be in it.
        variant: see `check_component`.

    Returns:
        Tensor shapes of each component.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    if not folder.is_dir():
        raise missing_folder(folder)
    found = read_json(folder / "model_index.json").get("_class_name")
    if found not in class_names:
        raise WeightsMissing(f"{folder} holds a {found}, not a {' or '.join(class_names)}.", todo=_RIGHT_FOLDER)
    return {spec.name: check_component(folder / spec.name, spec, variant=variant) for spec in components}


def check_component(folder: Path, spec: ComponentSpec, *, variant: str | None = None) -> Shapes:
    """Check a component: its config has the right class and its weights are complete.

    Args:
        folder: of the component.
        spec: what must be in it.
        variant: of the weights: "fp16", or None for the plain ones where they are there, else fp16.

    Returns:
        Tensor shapes; empty for a component without weights.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    config = read_json(folder / spec.config)
    found = (
        config.get("_class_name") or config.get("image_processor_type") or (config.get("architectures") or [None])[0]
    )
    if found not in spec.class_names:
        raise WeightsMissing(
            f"{folder} holds {found or 'an unknown model'}, but {spec.class_names[0]} is needed.", todo=_RIGHT_FOLDER
        )
    for key, value in spec.require.items():
        if config.get(key) != value:
            raise WeightsMissing(
                f"{folder} holds another {found}: {key} is {config.get(key)!r}, not {value!r}.", todo=_RIGHT_FOLDER
            )
    shapes: Shapes = {}
    for path in weight_files(folder, spec.weights, variant=variant) if spec.weights else ():
        shapes |= tensor_shapes(path)
    return shapes


def weight_files(folder: Path, stem: str, *, variant: str | None = None) -> list[Path]:
    """The safetensors files of a component: one, or the shards listed in its index.

    Args:
        folder: of the component.
        stem: file name of the weights without ".safetensors".
        variant: see `check_component`.

    Raises:
        WeightsMissing: when neither is there.
    """
    infixes = ("", ".fp16") if variant is None else (f".{variant}",)
    for infix in infixes:
        single = folder / f"{stem}{infix}.safetensors"
        index = folder / f"{stem}.safetensors.index{infix}.json"
        # In the hub's cache the file can be a link to a download that never finished: `tensor_shapes` then reports it.
        if single.is_file() or single.is_symlink():
            return [single]
        if index.is_file():
            return [folder / name for name in sorted(set(read_json(index).get("weight_map", {}).values()))]
    raise WeightsMissing(
        f"{folder / stem}{infixes[0]}.safetensors is missing.",
        todo="Run `python -m refocus engines`, or choose the folder that has them.",
    )


def weights_variant(folder: Path, stem: str) -> str | None:
    """The `variant` with which diffusers and transformers load a folder: "fp16" when only such weights are there."""
    return "fp16" if ".fp16" in weight_files(folder, stem)[0].name else None


def tensor_shapes(path: Path) -> Shapes:
    """Read the header of a safetensors file and check it against the file's size. No tensor is loaded.

    Raises:
        WeightsMissing: when the file is missing, truncated, still being downloaded or of another format.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise WeightsMissing(f"{path} is a git-lfs pointer, not the weights.", todo="Run git lfs pull.")
        with safe_open(path, framework="np") as tensors:
            return {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise WeightsMissing(f"{path} is missing.", todo="Download the weights again.") from error
    except (OSError, SafetensorError) as error:
        raise WeightsMissing(
            f"{path} is damaged, half downloaded or not a safetensors file ({error}).", todo=_DOWNLOAD_AGAIN
        ) from error


@cache
def hide_loading_messages() -> None:
    """Turn off transformers' progress bars and hints for the rest of the process; errors are still raised.

    They are not turned on again after loading: the switches belong to the whole process, so two models that load at
    once would undo each other's. A level set by TRANSFORMERS_VERBOSITY is kept.
    """
    from transformers.utils import logging

    if "TRANSFORMERS_VERBOSITY" not in os.environ:
        logging.set_verbosity_error()
    logging.set_tqdm_hook(lambda make_bar, args, kwargs: make_bar(*args, **{**kwargs, "disable": True}))


def load_model(model_class: Any, folder: Path, **options: Any) -> Any:
    """Load a diffusers or transformers model in evaluation mode, with every weight from the folder.

    Without this check both libraries warn about missing weights and initialize them at random.

    Args:
        model_class: with diffusers' or transformers' `from_pretrained`.
        folder: of the component.
        options: of `from_pretrained`.

    Raises:
        WeightsMissing: when weights are missing, or have other shapes than the model.
    """
    try:
        model, report = model_class.from_pretrained(
            folder, output_loading_info=True, local_files_only=True, use_safetensors=True, **options
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        raise WeightsMissing(
            f"{folder} cannot be loaded: {error}", todo="Download the weights again, or choose another folder."
        ) from error
    missing = sorted(map(str, [*report["missing_keys"], *report.get("mismatched_keys", ())]))
    if missing:
        raise WeightsMissing(
            f"{folder} lacks {len(missing)} weights of {model_class.__name__}, such as {missing[0]}.",
            todo="Download the weights again, or choose another folder.",
        )
    return model.eval()
