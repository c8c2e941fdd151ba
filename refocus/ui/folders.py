"""Where a session's files live: one folder a result, gone with the session."""

import atexit
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "refocus-app-"
_LOCK = ".refocus-lock"


class ResultFolders:
    """Makes folders for results under one root that goes when the process ends.

    A killed process leaves its root behind, so each start sweeps roots whose process has ended: their lock is free.
    A folder without such a lock is none of ours, whatever its name.

    Args:
        base: where the root is made; by default the system's folder for temporary files.

    Attributes:
        root: holds all.
        shown: for gradio: uploads, and copies of what the page shows.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or Path(tempfile.gettempdir())
        _sweep(base)
        self.root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        self.shown = self.root / "shown"
        self._lock = FileLock(self.root / _LOCK)
        self._lock.acquire(timeout=0)  # held as long as this process lives; the system frees it when it is killed
        atexit.register(_remove, self.root, self._lock)

    def new(self) -> Path:
        """A fresh, empty folder."""
        return Path(tempfile.mkdtemp(dir=self.root))

    def remove(self, folder: Path | None) -> None:
        """Remove a folder `new` made; others are left alone."""
        if folder is not None and folder.parent == self.root:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(base: Path) -> None:
    for old in base.glob(f"{_PREFIX}*"):
        if old.is_symlink() or not (old / _LOCK).is_file():
            continue
        lock = FileLock(old / _LOCK)
        with suppress(OSError, NotImplementedError, Timeout):  # another user's, or its process lives
            lock.acquire(timeout=0)
            _remove(old, lock)


def _remove(root: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(root, ignore_errors=True)
