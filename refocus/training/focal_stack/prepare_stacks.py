"""`train prepare focal-stack`: an index of focal stacks, checked, split by scene, with a sheet to look at."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.media import check_output_file
from refocus.media.stills import save_picture
from refocus.media.text import fitted, font
from refocus.training.focal_stack.find_stacks import check_stack, find_stacks
from refocus.training.focal_stack.stack_index import Split, StackRow, read_index, split_of, write_index
from refocus.training.focal_stack.stack_samples import read_frames

_PUBLISHED_VALIDATION = 10  # the first so many scenes of the test list
_SHEET_ROWS, _CELL, _TEXT_PX, _GAP_PX = 24, (120, 84), 13, 4
_PAPER, _INK = (24, 24, 26), (230, 230, 232)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Write an index of focal stacks of nine photos each, which stay where they are: the published data set "
        "(FSK_*/midsize/undistorted/RigCenter), folders of photos, or folders that `stack` wrote. Scenes that are in "
        "the index already are not checked again, and those of other folders stay in it."
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the scenes")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="index to write: .jsonl")
    parser.add_argument("--sheet", metavar="FILE", type=Path, help="contact sheet; default beside the index, .jpg")
    parser.add_argument("--far-first", action="store_true", help="plain folders begin with the farthest focus")
    parser.add_argument("--licence", metavar="TEXT", default="", help="of the photos, for the page of the model")
    parser.add_argument("--train-list", metavar="FILE", type=Path, help="names of scenes to train on, one a line")
    parser.add_argument(
        "--test-list", metavar="FILE", type=Path, help="names of scenes for the test; the first ten validate"
    )
    parser.add_argument("--test-percent", metavar="N", type=float, default=10, help="of scenes in no list; default 10")


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Write the index and the sheet; list the scenes that cannot be used.

    Raises:
        BadInput: when no scene can be used, or some cannot (the index then holds the others).
    """
    sheet = args.sheet or args.out.with_suffix(".jpg")
    found = find_stacks(args.folder, far_first=args.far_first)
    lists = [path for path in (args.train_list, args.test_list) if path is not None]
    for path in (args.out, sheet):
        check_output_file(path, [*lists, *(photo for stack in found for photo in stack.photos)])
    earlier = read_index(args.out) if args.out.exists() else []
    known = {row.photos for row in earlier}
    splits = _Splits(args.train_list, args.test_list, args.test_percent, [stack.scene for stack in found])
    names = {stack.scene for stack in found}
    rows = [row for row in earlier if row.scene not in names and (args.out.parent / row.photos[0]).is_file()]
    problems = []
    for stack in found:
        photos = tuple(Path(os.path.relpath(photo, args.out.parent)).as_posix() for photo in stack.photos)
        try:
            if photos not in known:
                check_stack(stack.photos)
            rows.append(StackRow(stack.scene, splits.of(stack.scene), photos, args.licence))
        except BadInput as error:
            problems.append(f"  {stack.scene}: {error}")
    if rows:
        write_index(args.out, rows)
        save_picture(sheet, draw_sheet(rows, args.out.parent))
        counts = ", ".join(f"{sum(row.split == split for row in rows)} {split}" for split in ("train", "val", "test"))
        sys.stdout.write(f"{len(rows)} scenes in {args.out} ({counts}); look at {sheet}.\n")
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        raise BadInput(f"Scenes that cannot be used: {len(problems)}, listed above.", todo="Correct and run it again.")


class _Splits:
    """The split of each scene: by the lists, else by its name.

    Without a test list the validation set is the first ten scenes that fall into the test set.
    """

    def __init__(self, train: Path | None, test: Path | None, percent: float, scenes: Sequence[str]) -> None:
        train_names, test_names = ([] if path is None else _names(path) for path in (train, test))
        self._splits: dict[str, Split] = {scene: split_of(scene, percent) for scene in scenes}
        self._put(train_names, "train")
        self._put(test_names, "test")
        tested = test_names or [scene for scene in scenes if self._splits[scene] == "test"]
        self._put(tested[:_PUBLISHED_VALIDATION], "val")

    def _put(self, scenes: Sequence[str], split: Split) -> None:
        self._splits.update((scene, split) for scene in scenes)

    def of(self, scene: str) -> Split:
        return self._splits[scene]


def _names(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.", todo="Give a text file with a name a line.") from error


def draw_sheet(rows: Sequence[StackRow], folder: Path) -> NDArray[np.uint8]:
    """Up to 24 scenes, evenly chosen, a line each: its nine photos from the nearest focus on.

    Args:
        rows: at least one.
        folder: of the index.

    Returns:
        (height, width, 3) uint8 sRGB.
    """
    chosen = [rows[at] for at in np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SHEET_ROWS)).astype(int))]
    width, height = _CELL
    line = height + _TEXT_PX + 2 * _GAP_PX
    sheet = Image.new("RGB", (width * len(chosen[0].photos), line * len(chosen)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, row in enumerate(chosen):
        title = fitted(f"{row.scene}, {row.split}", _TEXT_PX, 900)
        draw.text((_GAP_PX, number * line + 1), title, _INK, font(_TEXT_PX, title))
        frames = read_frames([folder / photo for photo in row.photos], width - 2, height)
        for column, frame in enumerate(frames):
            sheet.paste(Image.fromarray(frame), (column * width, number * line + _TEXT_PX + _GAP_PX))
    return np.asarray(sheet)
