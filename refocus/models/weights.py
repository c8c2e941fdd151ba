"""Model weights on disk: where they come from, where they lie, and whether they are whole.

Everything here reads names, headers and sizes only; no tensor is loaded, and neither torch nor diffusers is imported.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from refocus.core import WeightsMissing

_HEADER_LIMIT_BYTES = 100_000_000
_LFS_POINTER = b"version https://git-lfs"
_DOWNLOAD_AGAIN = "Download it again."


def no_folder(name: object) -> WeightsMissing:
    """The error for a folder of weights that does not exist."""
    return WeightsMissing(f"There is no folder {name}.", todo="Choose the folder that holds the weights.")


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """Files of one hub repository that an engine needs.

    Attributes:
        repo: owner/name on the hub.
        revision: a commit, tag or branch.
        files: paths in the repository, or patterns with *; nothing else is downloaded.
        licence: as people should read it before downloading.
        size_bytes: about how much the files take together.
        gated: whether the hub asks for an account that accepted the licence.
        pinned: whether the user chose the revision, so that no other will do.
    """

    repo: str
    revision: str
    files: tuple[str, ...]
    licence: str
    size_bytes: int
    gated: bool = False
    pinned: bool = False

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"https://huggingface.co/{self.repo}"


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """One folder of a pipeline, and how to know that the right thing is in it.

    Attributes:
        name: the folder, and the component of the pipeline.
        class_names: what its config may name, as `_class_name` (diffusers), in `architectures` or as
            `image_processor_type` (transformers).
        config: the config's file name.
        weights: the weights' file name without ".safetensors"; empty for a component without weights.
        require: config values that must match.
    """

    name: str
    class_names: tuple[str, ...]
    config: str = "config.json"
    weights: str = ""
    require: Mapping[str, Any] = field(default_factory=dict)


def find_repo(root: Path, spec: WeightsSpec) -> Path | None:
    """Look for a repository's files below a folder of weights.

    Known layouts: root/owner/name, root/name, and the hub's cache (models--owner--name/snapshots/revision, in root or
    root/hub).

    Returns:
        The folder that holds the repository's files, or None. It may be incomplete.
    """
    owner, name = spec.repo.split("/")
    plain = [root / owner / name, root / name]
    caches = [cache / f"models--{owner}--{name}" for cache in (root, root / "hub")]
    cached = [_snapshot(cache, spec.revision, exactly=spec.pinned) for cache in caches]
    return next((folder for folder in [*plain, *cached] if folder is not None and folder.is_dir()), None)


def _snapshot(cache: Path, revision: str, *, exactly: bool) -> Path | None:
    """The snapshot of a revision in a hub cache; else the only other one, unless it must be exactly that."""
    snapshots = cache / "snapshots"
    reference = cache / "refs" / revision
    if reference.is_file():
        return snapshots / reference.read_text().strip()
    if exactly or (snapshots / revision).is_dir() or not snapshots.is_dir():
        return snapshots / revision
    others = sorted(folder for folder in snapshots.iterdir() if folder.is_dir())
    return others[0] if len(others) == 1 else None


def read_json(path: Path) -> dict[str, Any]:
    """Read a config file. Raises WeightsMissing when it is absent or is no JSON object."""
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


def check_component(folder: Path, spec: ComponentSpec, *, variant: str | None = None) -> dict[str, tuple[int, ...]]:
    """Check one component of a pipeline: its config names the right model and its weights are whole.

    Args:
        folder: the component's own.
        spec: what belongs there.
        variant: of the weights: "fp16", "" for the plain ones, None for whichever is there.

    Returns:
        Shape of each tensor by name; empty for a component without weights.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model.
    """
    config = read_json(folder / spec.config)
    named = (
        config.get("_class_name") or config.get("image_processor_type") or (config.get("architectures") or [None])[0]
    )
    if named not in spec.class_names:
        raise WeightsMissing(
            f"{folder} holds {named or 'an unknown model'}, but {spec.class_names[0]} is needed there.",
            todo="Choose the folder of the right model.",
        )
    for key, wanted in spec.require.items():
        if config.get(key) != wanted:
            raise WeightsMissing(
                f"{folder} holds another {named}: {key} is {config.get(key)!r}, not {wanted!r}.",
                todo="Choose the folder of the right model.",
            )
    if not spec.weights:
        return {}
    shapes: dict[str, tuple[int, ...]] = {}
    for path in weight_files(folder, spec.weights, variant=variant):
        shapes |= safetensors_shapes(path)
    return shapes


def weights_variant(folder: Path, stem: str) -> str | None:
    """The variant to load from a folder: None when plain weights are there, else "fp16" when those are."""
    plain = (folder / f"{stem}.safetensors", folder / f"{stem}.safetensors.index.json")
    half = (folder / f"{stem}.fp16.safetensors", folder / f"{stem}.safetensors.index.fp16.json")
    return "fp16" if any(map(_present, half)) and not any(map(_present, plain)) else None


def weight_files(folder: Path, stem: str, *, variant: str | None = None) -> list[Path]:
    """The safetensors files of a model folder: one, or the shards its index lists.

    Raises:
        WeightsMissing: when neither is there.
    """
    chosen = variant if variant is not None else weights_variant(folder, stem)
    middle = f".{chosen}" if chosen else ""
    single = folder / f"{stem}{middle}.safetensors"
    index = folder / f"{stem}.safetensors.index{middle}.json"
    if _present(single):
        return [single]
    if index.is_file():
        return [folder / name for name in sorted(set(read_json(index).get("weight_map", {}).values()))]
    raise WeightsMissing(
        f"{single} is missing.", todo="Run `python -m refocus engines`, or choose the folder that has it."
    )


def safetensors_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Read a safetensors header and check it against the file's size, without loading a tensor.

    Format: 8 bytes with the header's length (little endian), the header in JSON, then the tensors' bytes.

    Returns:
        Shape of each tensor by name.

    Raises:
        WeightsMissing: when the file is missing, truncated, still being downloaded or of another format.
    """
    if not path.is_file():
        raise WeightsMissing(f"{path} is missing.", todo="Download the weights again.")
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(len(_LFS_POINTER))
        if start == _LFS_POINTER:
            raise WeightsMissing(f"{path} is a placeholder of git-lfs, not the weights.", todo="Run git lfs pull.")
        header_bytes = struct.unpack("<Q", start[:8])[0] if len(start) >= 8 else 0
        if not 2 <= header_bytes <= _HEADER_LIMIT_BYTES:
            raise WeightsMissing(f"{path} is no safetensors file, or was cut off.", todo=_DOWNLOAD_AGAIN)
        file.seek(8)
        raw = file.read(header_bytes)
    if len(raw) < header_bytes:
        raise _truncated(path, size_bytes, 8 + header_bytes)
    try:
        header: dict[str, Any] = json.loads(raw)
        header.pop("__metadata__", None)
        end_bytes = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsMissing(f"{path} is no safetensors file.", todo=_DOWNLOAD_AGAIN) from error
    if size_bytes != 8 + header_bytes + end_bytes:
        raise _truncated(path, size_bytes, 8 + header_bytes + end_bytes)
    return shapes


def check_tensors(path: Path, found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Check that a model's tensors are all there in the right shapes; more of them do no harm.

    Raises:
        WeightsMissing: naming the first tensor that is not.
    """
    wrong = [name for name, shape in wanted.items() if found.get(name) != shape]
    if wrong:
        name = wrong[0]
        has = f"has shape {found[name]}" if name in found else "is missing"
        raise WeightsMissing(
            f"The weights in {path} are of another model: {name} {has}, "
            f"{wanted[name]} is needed ({len(wrong)} of {len(wanted)} tensors do not fit).",
            todo="Choose the folder of the right model, or download it again.",
        )


def _present(path: Path) -> bool:
    # A link of the hub's cache to a file that is not there yet counts: the header check then says what is wrong.
    return path.is_file() or path.is_symlink()


def _truncated(path: Path, size_bytes: int, wanted_bytes: int) -> WeightsMissing:
    return WeightsMissing(
        f"{path} is damaged or half downloaded: it has {size_bytes:,} bytes, its header says {wanted_bytes:,}.",
        todo=_DOWNLOAD_AGAIN,
    )
