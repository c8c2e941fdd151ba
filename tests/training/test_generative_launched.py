"""DeblurNet and BokehNet trained by the real command, as accelerate starts it, on one photo: the loss falls, and two
processes learn what one learns.

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
from safetensors.torch import load_file

from refocus.cli import main
from refocus.media import save_png
from refocus.models.generative_refocus.network_specs import BOKEH_NET, DEBLUR_NET
from refocus.training.generative.photo_index import PhotoRow, write_index
from tests.training.generative_data import WINDOW_PX
from tests.training.launching import launch

SAMPLES = 60

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


@pytest.mark.parametrize(
    ("system", "file", "processes"), [("deblur", DEBLUR_NET.lora_file, 1), ("bokeh", BOKEH_NET.lora_file, 2)]
)
def test_the_loss_of_one_photo_falls(
    system: str, file: str, processes: int, flux: Path, data: Path, tmp_path: Path
) -> None:
    """Against the losses of the same samples, with the same noise, without learning."""
    options = {
        "flux": flux, "data": data, "rank": 16, "warmup": 0, "schedule": "constant", "weight-decay": 0,
        "window-px": WINDOW_PX, "workers": 0, "validate-every": 0, "log-every": 5, "checkpoint-every": 2, "keep": 0,
    }  # fmt: skip
    routes = [] if system == "deblur" else ["--shares=exif=1"]
    command = ["train", system, *(f"--{name}={value}" for name, value in options.items()), *routes]
    learned, still, begun = (tmp_path / name for name in ("learned", "still", "begun"))
    rate, alone = "--learning-rate=0.03", f"--accumulation={processes}"
    launch([*command, f"--out={learned}", rate, f"--steps={SAMPLES // processes}", "--accumulation=1"], processes)
    assert main([*command, f"--out={still}", "--learning-rate=0", f"--steps={SAMPLES // processes}", alone]) == 0
    losses = [losses_of(run) for run in (learned, still)]
    assert np.mean(losses[0][-4:]) < 0.9 * np.mean(losses[1][-4:]), losses
    assert main([*command, f"--out={begun}", rate, "--steps=2", alone]) == 0
    one, two = (load_file(run / "checkpoint-2" / file) for run in (begun, learned))
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-3, atol=1e-5)


def losses_of(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]
