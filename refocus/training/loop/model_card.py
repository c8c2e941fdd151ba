"""The page of a trained model, README.md of each checkpoint, and the command that publishes it."""

from collections.abc import Mapping
from pathlib import Path

from refocus.training.loop.checkpoints import STATE_FOLDER, RunProgress
from refocus.training.loop.recipe import ModelCard
from refocus.training.loop.run_config import LoopConfig


def write_card(
    card: ModelCard, config: LoopConfig, progress: RunProgress, numbers: Mapping[str, float], folder: Path
) -> None:
    """Write README.md with the hub's metadata.

    Args:
        card: of the recipe.
        config: of the run; its folders are left out.
        progress: steps and samples so far.
        numbers: of the last validation; may be empty.
        folder: of the checkpoint.
    """
    settings = [line for line in config.to_toml().splitlines() if line.partition(" = ")[0] not in _path_names(config)]
    lines = [
        "---",
        f"license: {card.licence}",
        f"base_model: {card.base_model}",
        "library_name: diffusers",
        *(["tags:", *(f"- {tag}" for tag in card.tags)] if card.tags else []),
        "---",
        "",
        f"# {card.title}",
        "",
        card.summary,
        "",
        "## Use",
        "",
        card.usage,
        "",
        "## Data",
        "",
        *(f"- {line}" for line in card.data),
        "",
        "## Training",
        "",
        f"{progress.step} optimiser steps, {progress.samples} samples, with Refocus and these settings:",
        "",
        "```toml",
        *settings,
        "```",
        "",
        *_numbers(numbers),
    ]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def upload_command(checkpoint: Path) -> str:
    """The command line that publishes a checkpoint, without the state that only a resumed run needs."""
    return f'hf upload USER/MODEL {checkpoint} . --exclude "{STATE_FOLDER}/*"'


def _path_names(config: LoopConfig) -> set[str]:
    return {name for name, value in vars(config).items() if isinstance(value, Path)}


def _numbers(numbers: Mapping[str, float]) -> list[str]:
    if not numbers:
        return ["No validation was run.", ""]
    rows = [f"| {name} | {value:.4g} |" for name, value in numbers.items()]
    return ["Validation:", "", "| number | value |", "|---|---|", *rows, ""]
