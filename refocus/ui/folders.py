"""Where files are: one folder for each result of a session, removed with it, and the app's own assets."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

_PACKAGE = Path(__file__).resolve().parents[1]
_PREFIX = "refocus-app-"
_LOCK = ".refocus-lock"


def assets_folder() -> Path:
    """The example photos and the stored first result: `refocus/assets` in an installed package, `assets` beside the
    package in a checkout; see pyproject.toml."""
    installed = _PACKAGE / "assets"
    return installed if installed.is_dir() else _PACKAGE.parent / "assets"


class ResultFolders:
    """Makes folders for results under one root that is removed when the process ends.

    A killed process leaves its root behind, so each start removes the roots whose process has ended: their lock is
    free. A folder without such a lock was not made by this app, whatever its name.

    Args:
        base: where the root is made; by default the system's folder for temporary files.

    Attributes:
        root: holds all folders.
        shown: gradio's cache: uploads, and copies of what the page shows.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or Path(tempfile.gettempdir())
        _remove_abandoned(base)
        self.root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        self.shown = self.root / "shown"
        self._lock = FileLock(self.root / _LOCK)
        self._lock.acquire(timeout=0)  # held while this process lives; the system frees it when it is killed
        atexit.register(_remove, self.root, self._lock)

    def new(self) -> Path:
        """A new, empty folder."""
        return Path(tempfile.mkdtemp(dir=self.root))

    def remove(self, folder: Path | None) -> None:
        """Remove a folder made by `new`; others are left alone."""
        if folder is not None and folder.parent == self.root:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A new folder that is removed when the block ends; hand out its files with `download_copy`."""
        folder = self.new()
        try:
            yield folder
        finally:
            self.remove(folder)


def download_copy(path: Path) -> str:
    """Copy a file into gradio's cache, which serves it and removes it after a time; returns the copy."""
    return save_file_to_cache(path, get_upload_folder())


def _remove_abandoned(base: Path) -> None:
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
