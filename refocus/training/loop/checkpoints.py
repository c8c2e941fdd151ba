"""Checkpoint folders: complete or not there, the oldest removed, the latest found."""

import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError

from refocus.core import BadInput, RefocusError
from refocus.core.numbers import check_format

STATE_FOLDER, STATE_FILE, CONFIG_FILE = "training", "state.json", "config.toml"
_NAME = re.compile(r"checkpoint-(\d+)")
_PARTIAL = ".partial-checkpoint-"
_FORMAT = 1
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})

_FULL_DISK_WORDS = ("no space left", "quota exceeded", "file too large", "read-only file system")


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        step: optimiser steps taken.
        samples: samples used by all processes.
    """

    step: int
    samples: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint: exported weights beside a folder `training` with all that a resumed run needs."""

    folder: Path

    @property
    def step(self) -> int:
        """Optimiser steps it was trained for, by its name."""
        match = _NAME.fullmatch(self.folder.name)
        return int(match[1]) if match else 0

    @property
    def state(self) -> Path:
        """The folder for the training state."""
        return self.folder / STATE_FOLDER

    def progress(self) -> RunProgress:
        """How far the run was. Raises BadInput when the checkpoint cannot be read."""
        path = self.state / STATE_FILE
        try:
            described = json.loads(path.read_text(encoding="utf-8"))
            check_format(described, _FORMAT, str(path))
            return RunProgress(int(described["step"]), int(described["samples"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{self.folder} holds no checkpoint that can be resumed: {error}.", todo="Choose another checkpoint."
            ) from error


def find_checkpoints(out: Path) -> list[Checkpoint]:
    """The complete checkpoints of a run, oldest first."""
    found = [Checkpoint(path) for path in out.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
    return sorted((one for one in found if (one.state / STATE_FILE).is_file()), key=lambda one: one.step)


def find_checkpoint(out: Path, name: str) -> Checkpoint | None:
    """The checkpoint to resume from.

    Args:
        out: folder of the run.
        name: "latest", or the name or path of a checkpoint.

    Returns:
        None for "latest" in a run without checkpoints, which starts from the beginning.

    Raises:
        BadInput: when there is none of that name.
    """
    found = find_checkpoints(out)
    if name == "latest":
        return found[-1] if found else None
    for folder in (out / name, Path(name)):
        if (folder / STATE_FOLDER / STATE_FILE).is_file():
            return Checkpoint(folder)
    names = ", ".join(one.folder.name for one in found) or "none"
    raise BadInput(f"There is no checkpoint {name}.", todo=f"In {out}: {names}.")


def check_run_folder(out: Path, *, resume: bool) -> None:
    """Check that a run may write to a folder.

    Raises:
        BadInput: when another run's checkpoints are in it, or a folder with a checkpoint's name that is none.
    """
    found = find_checkpoints(out)
    if found and not resume:
        raise BadInput(
            f"{out} holds checkpoints up to step {found[-1].step}.",
            todo="Add --resume latest, or choose another folder for a new run.",
        )
    complete = {one.folder for one in found}
    for path in out.glob("checkpoint-*"):
        if _NAME.fullmatch(path.name) and path not in complete:
            raise BadInput(f"{path} is in the way: it is no checkpoint of a run.", todo="Move it away.")


def write_checkpoint(out: Path, progress: RunProgress, config_toml: str, write: Callable[[Path], None]) -> Checkpoint:
    """Write a checkpoint under a partial name and rename it when it is complete.

    Args:
        out: folder of the run.
        progress: of the run; its step becomes the name.
        config_toml: the settings.
        write: fills the folder; its subfolder `training` is there already.

    Raises:
        RefocusError: when the disk is full; what was written is removed, older checkpoints stay.
    """
    final = out / f"checkpoint-{progress.step}"
    partial = out / f"{_PARTIAL}{progress.step}"
    try:
        _remove_partial(out)
        (partial / STATE_FOLDER).mkdir(parents=True)
        write(partial)
        (partial / STATE_FOLDER / CONFIG_FILE).write_text(config_toml, encoding="utf-8")
        files = [path.relative_to(partial).as_posix() for path in partial.rglob("*") if path.is_file()]
        described = {"format": _FORMAT, **asdict(progress), "files": files}
        (partial / STATE_FOLDER / STATE_FILE).write_text(json.dumps(described), encoding="utf-8")
        _remove_own(Checkpoint(final))
        os.replace(partial, final)
    except (OSError, SafetensorError, RuntimeError) as error:
        if not _is_full_disk(error):
            raise
        raise RefocusError(
            f"checkpoint-{progress.step} cannot be written to {out}: the disk is full or closed for writing.",
            todo="Free space there, then continue with --resume latest.",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Checkpoint(final)


def rotate(out: Path, keep: int) -> None:
    """Remove all but the newest checkpoints; 0 keeps all."""
    for old in find_checkpoints(out)[:-keep] if keep else ():
        _remove_own(old)


def _remove_own(checkpoint: Checkpoint) -> None:
    """Remove the files that were written into a checkpoint; the folder stays when it holds others."""
    described = checkpoint.state / STATE_FILE
    if not described.is_file():
        return
    for name in json.loads(described.read_text(encoding="utf-8"))["files"]:
        (checkpoint.folder / name).unlink(missing_ok=True)
    described.unlink()
    for folder in sorted((path for path in checkpoint.folder.rglob("*") if path.is_dir()), reverse=True):
        _remove_empty(folder)
    _remove_empty(checkpoint.folder)


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _remove_partial(out: Path) -> None:
    """What a killed process had not completed."""
    for path in out.glob(f"{_PARTIAL}*"):
        shutil.rmtree(path, ignore_errors=True)


def _is_full_disk(error: BaseException | None) -> bool:
    """Safetensors reports a failed write as its own error, and torch raises another one over it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL_DISK:
            return True
        if isinstance(error, SafetensorError) and any(sign in str(error).lower() for sign in _FULL_DISK_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
