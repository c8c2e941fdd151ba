"""Works through a list of items: each once, whoever works beside this process, and never twice in later runs."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from refocus.batch.processes import Processes
from refocus.core import BadInput, Cancelled, EngineNotReady, Progress, RefocusError, silent

logger = logging.getLogger(__name__)

CLAIMS_FOLDER = ".refocus"


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that could not be made.

    Attributes:
        name: of the item.
        why: what went wrong and what to do, one sentence or two.
        bad_input: whether the item itself cannot be used; otherwise something unexpected happened.
    """

    name: str
    why: str
    bad_input: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the items, in the order of the list.

    Attributes:
        made: by this run, all its processes together.
        skipped: done before.
        failed: could not be made; the others were made all the same.
        elsewhere: in work in another run at the same time.
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
    """Do each item that is not done yet.

    Every process begins with its own share of the list and then helps with what is left of the others'. A lock in
    `folder` is held while an item is in work, so that two processes never do the same one, not even of two runs
    started by hand; the system frees the lock when a process is killed.

    Args:
        names: of the items, all different; may hold "/".
        work: makes one item; whatever it raises is kept as a failure, but for `Cancelled` and `EngineNotReady`.
        done: whether an item is complete, asked again once it is locked.
        folder: where the results go, on all machines the same place.
        processes: who shares the work.
        progress: told the item and the fraction of the list that is through.

    Raises:
        BadInput: when the folder cannot be written or locked.
        EngineNotReady, Cancelled: from `work`, passed on.
    """
    processes = processes or Processes()
    claims = _Claims(folder, processes.run)
    made, skipped, failed = [], [], []
    order = _own_first(names, processes)
    for index, name in enumerate(order):
        share = index / len(order)
        with claims.claim(name) as mine:
            if not mine:
                continue
            if done(name):
                skipped.append(name)
                continue
            failure = _attempt(name, work, _part(progress, name, share, 1 / len(order)))
            if failure is None:
                made.append(name)
            else:
                failed.append(failure)
                claims.keep_away(name)
    return _joined(names, made, skipped, failed, processes)


def _own_first(names: Sequence[str], processes: Processes) -> list[str]:
    """This process's share of the list, then that of the next process, and so on round."""
    turns = ((processes.index + offset) % processes.count for offset in range(processes.count))
    return [name for turn in turns for name in names[turn :: processes.count]]


def _part(progress: Progress, name: str, start: float, span: float) -> Progress:
    return lambda stage, fraction: progress(f"{name}: {stage}", start + span * fraction)


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


class _Claims:
    """Locks on items. The files stay: to remove one would let a third process lock another of the same name."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder / CLAIMS_FOLDER
        self._run = run
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"{folder} cannot be written: {(error.strerror or str(error)).lower()}.", todo="Choose another place."
            ) from error

    @contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Whether the item is this process's until the block ends; not when another has it or it failed in this run."""
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

    def keep_away(self, name: str) -> None:
        """No process of this run shall try the item again; a later run does."""
        self._file(name, "failed").write_text(self._run)

    def _failed_in_this_run(self, name: str) -> bool:
        try:
            return self._file(name, "failed").read_text() == self._run
        except FileNotFoundError:
            return False

    def _file(self, name: str, ending: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.{ending}"
