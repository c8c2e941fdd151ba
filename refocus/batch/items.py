"""Runs a function for each item of a list, once among all processes (`accelerate launch`, torchrun, mpirun)."""

import atexit
import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from refocus.core import BadInput, Cancelled, EngineNotReady, Progress, RefocusError, portion, silent
from refocus.core.user_text import name_bytes

_WORLD_SIZES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
_TIMEOUT = timedelta(days=30)  # the last process may finish hours after the first


def _single(values: list[Any]) -> list[Any]:
    return values


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those that share the work.

    Attributes:
        index: 0 to count - 1.
        count: how many processes there are, on all machines.
        device: the device of this process, such as "cuda:1"; None for a single process, which may choose.
        run: a random identifier that is the same in every process of one run.
        gather: concatenates the lists of all processes by index, in every process; waits for the slowest.
    """

    index: int = 0
    count: int = 1
    device: str | None = None
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    gather: Callable[[list[Any]], list[Any]] = _single

    @property
    def is_first(self) -> bool:
        """Whether this process prints and writes for all."""
        return self.index == 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Processes":
        """Join the other processes if a launcher started several. Torch is imported only then."""
        if max(_number(environment.get(name)) for name in _WORLD_SIZES) <= 1:
            return cls()
        import torch
        from accelerate import PartialState
        from accelerate.utils import broadcast_object_list, gather_object

        on_cpu = environment.get("ACCELERATE_USE_CPU", "").lower() == "true" or not torch.accelerator.is_available()
        state = PartialState(cpu=on_cpu, timeout=_TIMEOUT)
        # Threads of the process group that still run at exit would abort the process.
        atexit.register(state.destroy_process_group)
        run = broadcast_object_list([secrets.token_hex(8)])[0]
        device = str(state.device) if state.device.type != "cpu" else None
        return cls(state.process_index, state.num_processes, device, run, gather_object)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 1


logger = logging.getLogger(__name__)

LOCKS_FOLDER = ".refocus"


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that failed.

    Attributes:
        name: of the item.
        why: what is wrong and what to do, in one or two sentences.
        bad_input: whether the input is unusable; otherwise the error was unexpected.
    """

    name: str
    why: str
    bad_input: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The names of the items by what happened to them, in the order of the list.

    Attributes:
        made: done by the processes of this run.
        skipped: done before.
        failed: not done because of an error.
        elsewhere: being done by another run.
    """

    made: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    elsewhere: tuple[str, ...] = ()


def run_items(
    names: Sequence[str],
    work: Callable[[str, Progress], None],
    *,
    done: Callable[[str], bool],
    folder: Path,
    processes: Processes | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Run a function for each item that is not done yet.

    Each process begins with its own share of the list and continues with the shares of the others. A lock file in
    `folder` is held during each item, so that no two processes do the same item, even in separate runs. The system
    releases the lock when a process is killed.

    Args:
        names: unique names of the items; may contain "/".
        work: called as work(name, progress); any error except `Cancelled` and `EngineNotReady` becomes a failure.
        done: whether an item is complete; called while its lock is held.
        folder: for the locks; the same folder on all machines.
        processes: this process and those that share the items.
        progress: called with item and stage, and the fraction of the list that is done.

    Raises:
        BadInput: when the folder cannot be written or locked.
        EngineNotReady, Cancelled: from `work`.
    """
    processes = processes or Processes()
    locks = _ItemLocks(folder, processes.run)
    made, skipped, failed = [], [], []
    order = _own_first(names, processes)
    for index, name in enumerate(order):
        with locks.acquire(name) as acquired:
            if not acquired:
                continue
            if done(name):
                skipped.append(name)
                continue
            report = portion(progress, index / len(order), (index + 1) / len(order), prefix=f"{name}: ")
            failure = _attempt(name, work, report)
            if failure is None:
                made.append(name)
            else:
                failed.append(failure)
                locks.mark_failed(name)
    return _joined(names, made, skipped, failed, processes)


def _own_first(names: Sequence[str], processes: Processes) -> list[str]:
    """The share of this process, then that of the next process, and so on."""
    turns = ((processes.index + offset) % processes.count for offset in range(processes.count))
    return [name for turn in turns for name in names[turn :: processes.count]]


def _attempt(name: str, work: Callable[[str, Progress], None], progress: Progress) -> Failure | None:
    try:
        work(name, progress)
    except (Cancelled, EngineNotReady):
        raise
    except RefocusError as error:
        return Failure(name, str(error), bad_input=isinstance(error, BadInput))
    except Exception as error:
        logger.exception("%s failed", name)
        return Failure(name, f"{type(error).__name__}: {error}", bad_input=False)
    return None


def _joined(
    names: Sequence[str], made: list[str], skipped: list[str], failed: list[Failure], processes: Processes
) -> Outcome:
    everyone = processes.gather([(made, skipped, failed)])
    all_made = {name for one in everyone for name in one[0]}
    all_skipped = {name for one in everyone for name in one[1]} - all_made
    all_failed = {failure.name: failure for one in everyone for failure in one[2]}
    known = all_made | all_skipped | all_failed.keys()
    return Outcome(
        made=tuple(name for name in names if name in all_made),
        skipped=tuple(name for name in names if name in all_skipped),
        failed=tuple(all_failed[name] for name in names if name in all_failed and name not in all_made),
        elsewhere=tuple(name for name in names if name not in known),
    )


class _ItemLocks:
    """A lock file for each item. Files are never removed: two processes could then lock files of the same name."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder / LOCKS_FOLDER
        self._run = run
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"{folder} cannot be written: {(error.strerror or str(error)).lower()}.", todo="Choose another place."
            ) from error

    @contextmanager
    def acquire(self, name: str) -> Iterator[bool]:
        """Whether the item is locked for this block; False when another process holds it or it failed in this run."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._file(name, "lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        except (OSError, NotImplementedError) as error:
            raise BadInput(
                f"{self._folder} cannot hold locks, so processes cannot share the work there: {error}.",
                todo="Choose a place on another file system.",
            ) from error
        try:
            yield not self._failed_in_this_run(name)
        finally:
            lock.release()

    def mark_failed(self, name: str) -> None:
        """Let no process of this run try the item again; a later run does."""
        with suppress(OSError):  # a full disk: another process of this run tries the item again
            self._file(name, "failed").write_text(self._run)

    def _failed_in_this_run(self, name: str) -> bool:
        try:
            return self._file(name, "failed").read_text() == self._run
        except FileNotFoundError:
            return False

    def _file(self, name: str, ending: str) -> Path:
        return self._folder / f"{hashlib.sha256(name_bytes(name)).hexdigest()[:24]}.{ending}"
