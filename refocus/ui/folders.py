"""Where a session's files live: one folder a result, gone with the session."""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "refocus-app-"
_STALE_AFTER_S = 24 * 3600.0


class ResultFolders:
    """Makes folders for results under one root that goes when the process ends.

    A killed process leaves its root behind, so each start sweeps roots that nothing has touched for a day.

    Args:
        base: where the root is made; by default the system's folder for temporary files.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or Path(tempfile.gettempdir())
        _sweep(base)
        self.root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)

    def new(self) -> Path:
        """A fresh, empty folder."""
        os.utime(self.root)
        return Path(tempfile.mkdtemp(dir=self.root))

    def remove(self, folder: Path | None) -> None:
        """Remove a folder `new` made; others are left alone."""
        if folder is not None and folder.parent == self.root:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(base: Path) -> None:
    for old in base.glob(f"{_PREFIX}*"):
        try:
            stale = time.time() - old.stat().st_mtime > _STALE_AFTER_S
        except OSError:
            continue  # another process was faster
        if stale:
            shutil.rmtree(old, ignore_errors=True)
