"""`python -m refocus.training.restore crops|learn ...`: see README.md in the folder above."""

import argparse
import logging
from pathlib import Path

import numpy as np

from refocus.media import check_output_file
from refocus.training.restore.crops import WINDOW_PX, Crops, make_crops
from refocus.training.restore.sharp_windows import read_photographs

_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> None:
    """Make crops, or learn from them."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m refocus.training.restore")
    commands = parser.add_subparsers(required=True)
    crops = commands.add_parser("crops", help="make training crops from sharp photographs")
    crops.add_argument("photographs", nargs="+", type=Path, help="files, folders, or .txt files with a path a line")
    crops.add_argument("--out", type=Path, required=True, help=".npz file to write")
    crops.add_argument("--count", type=int, default=3000)
    crops.add_argument("--seed", type=int, default=0)
    crops.set_defaults(run=_make)
    learning = commands.add_parser("learn", help="learn weights from crops")
    learning.add_argument("crops", nargs="+", type=Path, help=".npz files of crops")
    learning.add_argument("--held-back", type=Path, required=True, help=".npz of crops to measure on")
    learning.add_argument("--out", type=Path, required=True, help=".safetensors file to write")
    learning.add_argument("--epochs", type=int, default=20)
    learning.add_argument("--seed", type=int, default=0)
    learning.set_defaults(run=_train)
    args = parser.parse_args()
    args.run(args)


def _make(args: argparse.Namespace) -> None:
    listed = _listed(args.photographs)
    check_output_file(args.out, [*args.photographs, *listed])
    photographs = read_photographs(listed, WINDOW_PX)
    make_crops(photographs, args.count, np.random.default_rng(args.seed)).save(args.out)


def _train(args: argparse.Namespace) -> None:
    from refocus.training.restore.train import train

    check_output_file(args.out, [*args.crops, args.held_back])
    train(
        Crops.joined([Crops.load(path) for path in args.crops]),
        Crops.load(args.held_back),
        args.out,
        epochs=args.epochs,
        seed=args.seed,
    )


def _listed(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix.lower() in _PICTURES)
        elif path.suffix == ".txt":
            found += [Path(line) for line in path.read_text().splitlines() if line]
        else:
            found.append(path)
    return found


if __name__ == "__main__":
    main()
