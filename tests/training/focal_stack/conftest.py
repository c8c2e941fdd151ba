"""A tiny model, and focal stacks small enough for it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.training.focal_stack.stack_index import StackRow, write_index

SIDE_PX = 64
FRAMES = 9


def save_scene(folder: Path, seed: int, count: int = FRAMES, name: str = "{:02}.png") -> None:
    """Photos of a smooth pattern whose contrast rises from frame to frame."""
    folder.mkdir(parents=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    pattern = np.asarray(Image.fromarray(coarse).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), np.float32)
    for index in range(count):
        contrast = 0.2 + 0.8 * index / max(count - 1, 1)
        Image.fromarray((128 + contrast * (pattern - 128)).astype(np.uint8)).save(folder / name.format(index))


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three scenes to train on and one to validate."""
    folder = tmp_path_factory.mktemp("stacks")
    rows = []
    for seed in range(4):
        save_scene(folder / f"scene-{seed}", seed)
        photos = tuple(f"scene-{seed}/{index:02}.png" for index in range(FRAMES))
        rows.append(StackRow(f"scene-{seed}", "val" if seed == 3 else "train", photos, "CC0"))
    write_index(folder / "index.jsonl", rows)
    return folder / "index.jsonl"
