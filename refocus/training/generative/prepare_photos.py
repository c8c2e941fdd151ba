"""What all `prepare` commands share: their arguments, resumable work on many photos, the index, and what failed."""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from refocus.batch import Outcome, Processes, run_items
from refocus.batch.photo_folder import find_photos
from refocus.core import BadInput, Progress, RefocusError
from refocus.core.sizes import MIN_SIDE_PX
from refocus.core.user_text import name_bytes
from refocus.media import atomic_path, check_output_folder, save_jpeg, save_png
from refocus.training.generative.contact_sheet import draw_contact_sheet
from refocus.training.generative.photo_facts import COLUMNS, Facts, PhotoFacts
from refocus.training.generative.photo_index import INDEX_FILE, PhotoRow, row_from_json, split_of, write_index

CONTACT_SHEET = "contact_sheet.jpg"
_ROWS_FOLDER = "rows"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to prepare.

    Attributes:
        name: of the results; may contain "/".
        scene: photos of one scene stay together in one split.
        files: read for it, by their role.
        facts: from the user's table.
        settings: what else changes the result.
    """

    name: str
    scene: str
    files: Mapping[str, Path]
    facts: PhotoFacts = field(default_factory=PhotoFacts)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of an item.

    Attributes:
        rows: of the index.
        dropped: names of photos that are left out, with the reason.
    """

    rows: Sequence[PhotoRow]
    dropped: Mapping[str, str] = field(default_factory=dict)


class PreparedFolder:
    """Writes the files of an index below a folder, and the index at the end.

    A killed run continues where it stopped: an item is done when its file in `rows/`, written last, records the same
    settings and the same files.

    Args:
        out: the folder; created when missing.
        inputs: folders that are read.
        val_percent: share of scenes for validation.
        settings: of the command, plain JSON values.

    Raises:
        BadInput: when the folder is or holds an input, or a setting is out of range.
    """

    def __init__(
        self, out: Path, inputs: Iterable[Path], *, val_percent: int = 5, settings: Mapping[str, Any] | None = None
    ) -> None:
        check_output_folder(out, list(inputs))
        if not 0 <= val_percent <= 90:
            raise BadInput(f"--val-percent is {val_percent}.", todo="Choose 0 to 90.")
        self.out, self._val_percent, self._settings = out, val_percent, dict(settings or {})

    def split_of(self, scene: str) -> Any:
        """ "train" or "val"."""
        return split_of(scene, self._val_percent)

    def save_picture(self, kind: str, name: str, picture_srgb: NDArray[np.uint8]) -> str:
        """Write a picture, (height, width, 3) uint8 sRGB; returns its path in the index."""
        path = f"{kind}/{name}.png"
        save_png(self.out / path, picture_srgb)
        return path

    def save_diopters(self, name: str, values: NDArray[np.float32]) -> str:
        """Write (height, width) diopters as float16, exact to 0.05 %; returns the path in the index."""
        path = f"disparity/{name}.npy"
        with atomic_path(self.out / path) as partial:
            np.save(partial, values.astype(np.float16))
        return path

    def copy(self, kind: str, path: Path) -> str:
        """Copy a file of another index; returns its path in this one."""
        digest = hashlib.sha256(name_bytes(str(path.resolve()))).hexdigest()[:12]
        copied = f"{kind}/{path.stem}-{digest}{path.suffix}"
        if not (self.out / copied).exists():
            with atomic_path(self.out / copied) as partial:
                shutil.copyfile(path, partial)
        return copied

    def prepare(self, items: Sequence[Item], make: Callable[[Item], Prepared]) -> None:
        """Prepare what is not done yet, write the index and the contact sheet, and list what was dropped.

        Args:
            items: with unique names.
            make: writes the files of one item by the methods above, and returns its rows.

        Raises:
            BadInput: when nothing could be prepared.
            RefocusError: when some items failed, which are listed; the index holds the others.
        """
        named, processes = {item.name: item for item in items}, Processes.from_environment()
        with tqdm(total=len(named), unit="item", disable=not processes.is_first) as bar:

            def work(name: str, report: Progress) -> None:
                self._record(named[name], make(named[name]))
                bar.update()

            outcome = run_items(
                list(named),
                work,
                done=lambda name: self._recorded(named[name]) is not None,
                folder=self.out,
                processes=processes,
            )
        if processes.is_first:
            self._finish([prepared for item in items if (prepared := self._recorded(item)) is not None])
            _raise_failures(outcome)

    def _finish(self, all_prepared: Sequence[Prepared]) -> None:
        rows = [row for prepared in all_prepared for row in prepared.rows]
        for prepared in all_prepared:
            sys.stderr.writelines(f"  {name} left out: {reason}\n" for name, reason in prepared.dropped.items())
        if not rows:
            return
        write_index(self.out / INDEX_FILE, rows)
        save_jpeg(self.out / CONTACT_SHEET, draw_contact_sheet(rows, self.out))
        held_back = sum(row.split == "val" for row in rows)
        sys.stderr.write(
            f"{self.out / INDEX_FILE}: {len(rows)} rows, {held_back} for validation; look at {CONTACT_SHEET}\n"
        )

    def _record(self, item: Item, prepared: Prepared) -> None:
        path = self._row_file(item)
        described = {
            "made_from": self._made_from(item),
            "rows": [row.to_json() for row in prepared.rows],
            "dropped": dict(prepared.dropped),
        }
        with atomic_path(path) as partial:
            partial.write_text(json.dumps(described), encoding="utf-8")

    def _recorded(self, item: Item) -> Prepared | None:
        try:
            described = json.loads(self._row_file(item).read_text(encoding="utf-8"))
            if described["made_from"] != self._made_from(item):
                return None
            return Prepared([row_from_json(row) for row in described["rows"]], described["dropped"])
        except (OSError, ValueError, KeyError, TypeError):  # missing, or half of an older version
            return None

    def _row_file(self, item: Item) -> Path:
        digest = hashlib.sha256(name_bytes(item.name)).hexdigest()[:24]
        return self.out / _ROWS_FOLDER / f"{digest}.json"

    def _made_from(self, item: Item) -> dict[str, Any]:
        stats = {role: path.stat() for role, path in item.files.items()}
        files = {role: [str(item.files[role]), stat.st_size, stat.st_mtime_ns] for role, stat in stats.items()}
        facts = {name: value for name in COLUMNS[1:] if (value := getattr(item.facts, name)) not in (None, "")}
        described = {
            **self._settings,
            **item.settings,
            "val_percent": self._val_percent,
            "facts": facts,
            "files": files,
        }
        plain: dict[str, Any] = json.loads(json.dumps(described, default=str))
        return plain


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every `prepare` command of photos."""
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the index and its files")
    parser.add_argument("--val-percent", metavar="N", type=int, default=5, help="share of scenes held back; default 5")
    parser.add_argument("--facts", metavar="FILE", type=Path, help=f"CSV with {', '.join(COLUMNS)}")
    parser.add_argument(
        "--long-side", metavar="PX", type=_long_side, default=1024, help="size of the stored pictures; default 1024"
    )


def items_of(
    folders: Mapping[str, Path], facts: Facts, *, settings: Mapping[str, Any] | None = None, optional: str = ""
) -> list[Item]:
    """Photos that have the same name in each of several folders, as items; the first folder decides.

    A photo's scene is its folder, and for photos directly in the given one its own name.

    Args:
        folders: by role.
        facts: from `read_facts`.
        settings: of every item.
        optional: role whose files may be missing.

    Raises:
        BadInput: when a folder holds no photos, or a photo is missing in another folder.
    """
    found = {role: find_photos(folder) for role, folder in folders.items()}
    first, *others = found
    items = []
    for name, path in found[first].items():
        files = {first: path} | {role: found[role][name] for role in others if name in found[role]}
        missing = [role for role in others if role not in files and role != optional]
        if missing:
            raise BadInput(
                f"{folders[missing[0]]} has no photo named {name}, as {folders[first]} has.",
                todo="Name the photos alike in both folders.",
            )
        own = facts.get(name, PhotoFacts())
        folder = Path(name).parent.as_posix()
        items.append(Item(name, own.scene or (name if folder == "." else folder), files, own, settings or {}))
    return items


def _long_side(text: str) -> int:
    value = int(text)
    if value < MIN_SIDE_PX:
        raise argparse.ArgumentTypeError(f"{value} px is too small; choose {MIN_SIDE_PX} or more")
    return value


def _raise_failures(outcome: Outcome) -> None:
    if not outcome.failed:
        return
    sys.stderr.writelines(f"  {failure.name}: {' '.join(failure.why.split())}\n" for failure in outcome.failed)
    error = BadInput if all(failure.bad_input for failure in outcome.failed) else RefocusError
    total = len(outcome.failed) + len(outcome.made) + len(outcome.skipped)
    raise error(
        f"{len(outcome.failed)} of {total} failed, listed above.",
        todo="The others are in the index; correct these and run the same command again.",
    )
