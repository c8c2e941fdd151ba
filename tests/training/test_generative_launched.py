"""DeblurNet and BokehNet trained by the real command, as accelerate starts it, on one photo: the loss falls.

That a photo's latents are learned by heart is in `test_generative_training.py`, with noise that stays the same.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel

from refocus.cli import main
from refocus.media import save_png
from refocus.training.generative.photo_index import PhotoRow, write_index
from tests.training.generative_data import WINDOW_PX
from tests.training.launching import launch

STEPS = 60

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo and its sharp picture, as a pair and as a photo with known K; symmetric, since training mirrors."""
    folder = tmp_path_factory.mktemp("one")
    half = 255 * np.random.default_rng(0).integers(0, 2, (4, 2, 3)).astype(np.uint8)
    tile = np.kron(np.concatenate([half, half[:, ::-1]], axis=1), np.ones((4, 4, 1), np.uint8))
    sharp = np.tile(tile, (WINDOW_PX // 16, WINDOW_PX // 16, 1))
    save_png(folder / "sharp.png", sharp)
    save_png(folder / "blurred.png", np.full_like(sharp, round(sharp.mean())))
    np.save(folder / "diopters.npy", np.full((WINDOW_PX, WINDOW_PX), 2, np.float16))
    files: dict[str, Any] = {"sharp": "sharp.png", "blurred": "blurred.png"}
    known: dict[str, Any] = {"disparity": "diopters.npy", "k_per_long_side": 0.3, "focus_diopters": 0.5}
    rows = [PhotoRow("pairs", "pair", "one", "train", **files)]
    rows.append(PhotoRow("exif", "photo", "one", "train", **files, **known))
    write_index(folder / "index.jsonl", rows)
    return folder


@pytest.fixture(scope="module")
def flux(tiny_flux: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny FLUX that passes on the noise it sees, as FLUX does, and whose VAE adds none."""
    folder = Path(shutil.copytree(tiny_flux / "model", tmp_path_factory.mktemp("flux") / "model"))
    vae = AutoencoderKL.from_pretrained(folder / "vae")
    flux = FluxTransformer2DModel.from_pretrained(folder / "transformer")
    same = torch.eye(flux.config.in_channels)
    with torch.no_grad():
        vae.encoder.conv_out.weight[4:], vae.encoder.conv_out.bias[4:] = 0.0, -20.0  # the logarithm of the variance
        flux.x_embedder.weight.copy_(torch.cat([same, 0 * same]))
        flux.proj_out.weight.copy_(0.7 * torch.cat([same, same], dim=1))
    vae.save_pretrained(folder / "vae")
    flux.save_pretrained(folder / "transformer")
    return folder


@pytest.mark.parametrize(("system", "processes"), [("deblur", 1), ("bokeh", 2)])
def test_the_loss_of_one_photo_falls(system: str, processes: int, flux: Path, data: Path, tmp_path: Path) -> None:
    """Against the losses of the same samples, with the same noise, without learning."""
    options = {
        "flux": flux, "data": data, "steps": STEPS, "rank": 16, "warmup": 0, "schedule": "constant",
        "weight-decay": 0, "window-px": WINDOW_PX, "workers": 0, "validate-every": 0, "log-every": 5,
    }  # fmt: skip
    routes = [] if system == "deblur" else ["--shares=exif=1"]
    command = ["train", system, *(f"--{name}={value}" for name, value in options.items()), *routes]
    learned, still = tmp_path / "learned", tmp_path / "still"
    launch([*command, f"--out={learned}", "--learning-rate=0.03", "--accumulation=1"], processes)
    assert main([*command, f"--out={still}", "--learning-rate=0", f"--accumulation={processes}"]) == 0
    losses = [losses_of(run) for run in (learned, still)]
    assert np.mean(losses[0][-4:]) < 0.9 * np.mean(losses[1][-4:]), losses


def losses_of(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]
