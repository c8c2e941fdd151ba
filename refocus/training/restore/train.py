"""Train the restoration network and the blur estimator that it is given: crops, estimator, steps, export.

    python -m refocus train restore --photographs FILE_OR_FOLDER... --validation FILE_OR_FOLDER... --out RUN

RUN gets crops.npz, validation/ (pairs), estimator.safetensors, state.pt (network, averages, optimiser, step), log.csv
and network.safetensors. A run that was stopped continues with the same command.
"""

import argparse
import csv
import logging
import math
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.models.restoration.restoration_network import RestorationNetwork, coc_channels
from refocus.restore.blur_map import estimate_blur
from refocus.restore.deblur import add_detail
from refocus.restore.network import BlurNetwork
from refocus.training.loop.optimizer import update_average
from refocus.training.restore.crops import CROP_PX, WINDOW_PX, Crops, make_crops
from refocus.training.restore.restoration_recipe import Recipe
from refocus.training.restore.restoration_samples import Batch, RestorationBatches
from refocus.training.restore.sharp_windows import find_pictures, read_photographs
from refocus.training.restore.train_estimator import train_estimator
from refocus.training.restore.validation_pairs import Pair, read_pairs, write_pairs

logger = logging.getLogger(__name__)

_LOG_STEPS, _SAVE_SECONDS = 50, 120.0
CROPS, PAIRS, ESTIMATOR, STATE, WEIGHTS = (
    "crops.npz",
    "validation",
    "estimator.safetensors",
    "state.pt",
    "network.safetensors",
)


class Training:
    """A training run and its state.

    Args:
        recipe: all choices.
        folder: of the run.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        torch.manual_seed(recipe.seed)
        self.network = RestorationNetwork()
        self.average = RestorationNetwork().eval().requires_grad_(False)
        self.average.load_state_dict(self.network.state_dict())
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), betas=(0.9, recipe.second_moment), weight_decay=recipe.weight_decay
        )
        self.step = 0

    def resume(self) -> None:
        """Continue from the saved state."""
        saved = torch.load(self.folder / STATE, map_location="cpu", weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step = saved["step"]

    def learn(self, batch: Batch) -> float:
        """One step, in bfloat16: half the time. Returns the loss as a share of that of adding nothing."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        photos = batch.photos.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            predicted = self.network(photos, coc_channels(batch.blur_px, batch.side))
        loss = restoration_loss(predicted.float() - batch.missing, self.recipe)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip_norm)
        self.optimiser.step()
        self.step += 1
        update_average(self.average, self.network, self.recipe.average, self.step)
        return loss.item() / max(restoration_loss(batch.missing, self.recipe).item(), 1e-9)

    def save(self) -> None:
        """Write state and averaged weights; the old ones stay until the new ones are whole."""
        partial = self.folder / f"{STATE}.partial"
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimiser")}
        torch.save({**parts, "step": self.step, "recipe": asdict(self.recipe)}, partial)
        os.replace(partial, self.folder / STATE)
        weights = self.folder / f"{WEIGHTS}.partial"
        save_file({name: value.half().contiguous() for name, value in self.average.state_dict().items()}, weights)
        os.replace(weights, self.folder / WEIGHTS)


def restoration_loss(error: Tensor, recipe: Recipe) -> Tensor:
    """Mean robust error of pixels and, weighted, of the differences of neighbours.

    Args:
        error: (batch, 3, height, width), predicted minus true.
        recipe: with tolerance and weight.
    """

    def robust(values: Tensor) -> Tensor:
        return (torch.sqrt(values**2 + recipe.tolerance**2) - recipe.tolerance).mean()

    across, down = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
    return robust(error) + recipe.gradient_weight * (robust(across) + robust(down))


@torch.inference_mode()
def measure(network: nn.Module, estimator: BlurNetwork, pairs: list[Pair]) -> list[float]:
    """Gain in dB of each validation pair, blurred to restored."""

    def predict(*inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        photo, blur_px, side = (torch.from_numpy(values)[None] for values in inputs)
        return np.asarray(network(photo.permute(0, 3, 1, 2), coc_channels(blur_px, side))[0].permute(1, 2, 0).numpy())

    gains = []
    for blurred, sharp in pairs:
        blur_px = estimate_blur(blurred, estimator)
        restored = add_detail(blurred, blur_px, np.zeros_like(blur_px), missing_detail=predict)
        before, after = (float(np.mean((picture.astype(float) - sharp) ** 2)) for picture in (blurred, restored))
        gains.append(10 * math.log10(before / after))
    return gains


def run(photographs: list[Path], validation: list[Path], folder: Path, recipe: Recipe) -> None:
    """Run a training, or continue the one in the folder.

    Args:
        photographs: sharp photographs.
        validation: other sharp photographs.
        folder: of the run.
        recipe: all choices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PAIRS).exists():
        write_pairs(read_photographs(validation, CROP_PX), folder / PAIRS, recipe.seed)
    crops, estimator = _prepared(photographs, folder, recipe)
    training = Training(recipe, folder)
    if (folder / STATE).exists():
        training.resume()
        logger.info("continues at step %d", training.step)
    batches = RestorationBatches(crops, estimator, recipe, training.step)
    loader = DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=6)
    _loop(training, loader)
    gains = measure(training.average, estimator, read_pairs(folder / PAIRS))
    logger.info("validation: %+.2f dB in the mean, %+.2f dB at least", float(np.mean(gains)), min(gains))


def _prepared(photographs: list[Path], folder: Path, recipe: Recipe) -> tuple[Crops, BlurNetwork]:
    """Crops and estimator of the run, made when they are not there."""
    if not (folder / CROPS).exists():
        logger.info("makes crops of %d photographs", len(photographs))
        sizes = read_photographs(photographs, WINDOW_PX)
        random = np.random.default_rng(recipe.seed)
        make_crops(sizes, recipe.layered, recipe.rendered, random).save(folder / CROPS)
    crops = Crops.load(folder / CROPS)
    if not (folder / ESTIMATOR).exists():
        train_estimator(crops, folder / ESTIMATOR, epochs=recipe.estimator_epochs, seed=recipe.seed)
    return crops, BlurNetwork.load((folder / ESTIMATOR).read_bytes())


def _loop(training: Training, batches: DataLoader[Batch]) -> None:
    saved = began = time.monotonic()
    losses: list[float] = []
    for batch in batches:
        losses.append(training.learn(batch))
        if training.step % _LOG_STEPS == 0:
            _log(training, float(np.median(losses)), time.monotonic() - began)
            losses.clear()
        if time.monotonic() - saved > _SAVE_SECONDS:
            training.save()
            saved = time.monotonic()
    training.save()


def _log(training: Training, loss: float, seconds: float) -> None:
    with (training.folder / "log.csv").open("a", newline="") as file:
        csv.writer(file).writerow([training.step, f"{loss:.6f}", f"{seconds:.0f}"])
    logger.info("step %d: loss %.4f of that of adding nothing", training.step, loss)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--photographs", nargs="+", type=Path, required=True, help="sharp ones: files, folders, .txt with a path a line"
    )
    parser.add_argument("--validation", nargs="+", type=Path, required=True, help="others, likewise")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; an earlier run in it continues")
    parser.add_argument("--steps", type=int, help=f"by default {Recipe().steps}")
    parser.add_argument("--crops", type=int, help=f"by default {Recipe().layered + Recipe().rendered}")


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Train, or continue the run in the folder. Raises BadInput when a file is missing or no photograph."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe = Recipe() if args.steps is None else replace(Recipe(), steps=args.steps)
    if args.crops is not None:
        rendered = args.crops // 4
        recipe = replace(recipe, layered=args.crops - rendered, rendered=rendered)
    if recipe.steps < 1 or recipe.layered < 1:
        raise BadInput("A training needs at least one step and one crop.", todo="Give larger --steps and --crops.")
    run(find_pictures(args.photographs), find_pictures(args.validation), args.out, recipe)
