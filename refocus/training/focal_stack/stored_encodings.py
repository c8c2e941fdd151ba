"""Encodings of the frames that do not change during training, stored once: the VAE's moments and CLIP's embeddings."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from refocus.core import BadInput
from refocus.core.user_text import name_bytes
from refocus.media.atomic import atomic_path


@dataclass(frozen=True)
class StoredEncodings:
    """A folder with a file for each scene; its name depends on path, size and time of the photos, and on the key.

    Attributes:
        folder: created when missing; may be shared between runs.
        key: what the encodings depend on beside the photos: working size, and the encoders' weights.
        names: file name by scene.
    """

    folder: Path
    key: str
    names: dict[str, str]

    @classmethod
    def plan(cls, folder: Path, scenes: dict[str, list[Path]], key: dict[str, object]) -> "StoredEncodings":
        """The files for scenes, by what their photos hold.

        Args:
            folder: for the files.
            scenes: photos by scene.
            key: plain JSON values.
        """
        text = json.dumps(key, sort_keys=True)
        return cls(folder, text, {scene: _name(photos, text) for scene, photos in scenes.items()})

    def fill(self, scenes: list[str], encode: Callable[[str], dict[str, torch.Tensor]]) -> None:
        """Encode and write the scenes that are not there yet. Raises BadInput when the disk is full."""
        for scene in scenes:
            path = self.folder / self.names[scene]
            if not path.exists():
                encoded = {name: value.contiguous().cpu() for name, value in encode(scene).items()}
                with atomic_path(path) as partial:
                    save_file(encoded, partial)

    def load(self, scene: str) -> dict[str, torch.Tensor]:
        """The encodings of a scene. Raises BadInput when they were removed or damaged."""
        path = self.folder / self.names[scene]
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            raise BadInput(f"{path} cannot be read: {error}.", todo="Remove it, then resume the run.") from error


def _name(photos: list[Path], key: str) -> str:
    digest = hashlib.sha256(name_bytes(key))
    for photo in photos:
        try:
            facts = photo.stat()
        except OSError as error:
            raise BadInput(f"{photo} cannot be read: {error}.", todo="Prepare the index again.") from error
        digest.update(name_bytes(f"{photo.resolve()} {facts.st_size} {facts.st_mtime_ns}\n"))
    return f"{digest.hexdigest()[:32]}.safetensors"
