"""Prepared data for the tiny FLUX: one scene of two planes, for every route."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from refocus.media import save_png
from refocus.models.generative_refocus.network_specs import BOKEH_NET, NetworkSpec
from refocus.training.generative.flux_parts import FluxParts, load_parts
from refocus.training.generative.photo_index import PhotoRow, write_index

WINDOW_PX = 64


def save_training_data(folder: Path) -> Path:
    """An index with a row of each route but apertures, for training and for validation; pictures of 64x64 px."""
    blocks = 255 * np.random.default_rng(0).integers(0, 2, (4, 4)).astype(np.uint8)  # on which every K looks different
    sharp = Image.fromarray(blocks).convert("RGB").resize((64, 64), Image.Resampling.NEAREST)
    save_png(folder / "sharp.png", np.asarray(sharp))
    save_png(folder / "blurred.png", np.asarray(sharp.resize((8, 8)).resize((64, 64))))
    diopters = np.full((64, 64), 0.5, np.float16)
    diopters[:, 32:] = 2
    np.save(folder / "diopters.npy", diopters)
    scene: dict[str, Any] = {"sharp": "sharp.png", "disparity": "diopters.npy"}
    real: dict[str, Any] = {**scene, "blurred": "blurred.png", "k_per_long_side": 0.1, "focus_diopters": 0.5}
    rows = []
    for split in ("train", "val"):
        rows += [
            PhotoRow("synthetic", f"plain-{split}", split, split, **scene),
            PhotoRow("exif", f"real-{split}", split, split, **real),
            PhotoRow("pairs", f"pair-{split}", split, split, sharp="sharp.png", blurred="blurred.png"),
            PhotoRow("shapes", f"night-{split}", split, split, seed=3),
        ]
    write_index(folder / "index.jsonl", rows)
    return folder


def tiny_parts(flux: Path, spec: NetworkSpec = BOKEH_NET) -> FluxParts:
    """The parts of the tiny FLUX, new ones each time."""
    return load_parts(str(flux / "model"), spec.prompt, dtype=torch.float32, device=torch.device("cpu"))
