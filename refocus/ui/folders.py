"""Where files are: everything the app writes lies under one root of its own, for as long as someone can fetch it."""

import atexit
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from refocus.core import BadInput

DOWNLOAD_S = 900
"""Seconds for which a file can be fetched that no session keeps: of a download, of a program, or an unused upload."""
_SETTLING_S = 60  # an upload that no page uses any more may just have been sent again by another
_PACKAGE = Path(__file__).resolve().parents[1]
_PREFIX = "refocus-app-"
_LOCK = ".refocus-lock"


def assets_folder() -> Path:
    """The example photos and the stored first result: `refocus/assets` in an installed package, `assets` beside the
    package in a checkout; see pyproject.toml."""
    installed = _PACKAGE / "assets"
    return installed if installed.is_dir() else _PACKAGE.parent / "assets"


class ResultFolders:
    """Folders and files below one root, each removed with its session or after a time, all of them with the process.

    A killed process leaves its root behind, so each start removes the roots whose process has ended: their lock is
    free. A folder without such a lock was not made by this app, whatever its name. Uploads and all other temporary
    files of gradio lie below the same root once `use_for_gradio` was called.

    Args:
        base: where the root is made; by default GRADIO_TEMP_DIR, or the system's folder for temporary files.

    Attributes:
        root: holds everything.

    Raises:
        BadInput: when `base` cannot be written.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or _temporary_folder()
        try:
            base.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(base)
            self.root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        except OSError as error:
            raise BadInput(
                f"Temporary files cannot be written to {base}: {(error.strerror or str(error)).lower()}.",
                todo="Set GRADIO_TEMP_DIR to a folder that can be written.",
            ) from error
        self._lock = FileLock(self.root / _LOCK)
        self._lock.acquire(timeout=0)  # held while this process lives; the system frees it when it is killed
        self._changing = threading.Lock()
        self._of_session: defaultdict[str, set[Path]] = defaultdict(set)
        self._users: defaultdict[Path, set[str]] = defaultdict(set)  # of the folder of each upload
        self._released: set[Path] = set()  # folders of uploads of pages that have ended
        self._permanent: frozenset[Path] = frozenset()
        self._downloads: dict[Path, float] = {}
        atexit.register(_remove, self.root, self._lock)

    def use_for_gradio(self) -> None:
        """Let gradio, and every other library, put temporary files below the root. For this process and its children.

        gradio's default is one folder for all apps of a computer, each of which serves the files of all.
        """
        scratch = self.root / "scratch"
        scratch.mkdir(exist_ok=True)
        os.environ["GRADIO_TEMP_DIR"] = str(self.root)
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)

    def new(self, session: str = "") -> Path:
        """A new, empty folder that ends with a session; "" for one that ends with the process."""
        with self._changing:
            folder = self._made()
            self._of_session[session].add(folder)
            return folder

    def remove(self, folder: Path | None) -> None:
        """Remove a folder made by `new`; others are left alone."""
        if folder is not None and folder.parent == self.root:
            with self._changing:
                for folders in self._of_session.values():
                    folders.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def new_download(self) -> Path:
        """A new, empty folder whose files can be fetched for `DOWNLOAD_S`."""
        with self._changing:
            folder = self._made()
            self._downloads[folder] = time.monotonic() + DOWNLOAD_S
            return folder

    def for_download(self, file: Path) -> Path:
        """Move a file to where it can be fetched for `DOWNLOAD_S`; returns its new path."""
        return file.rename(self.new_download() / file.name)

    def keep_present(self) -> None:
        """Keep what lies below the root now, such as the pictures that every page opens with."""
        self._permanent = frozenset(self.root.iterdir())

    def use_upload(self, upload: str, session: str) -> None:
        """Keep an uploaded file while a session lasts."""
        folder = Path(upload).parent
        if folder.parent == self.root:
            with self._changing:
                self._users[folder].add(session)

    def end_session(self, session: str, *, had_page: bool) -> None:
        """Remove the folders of a session. `sweep` removes its uploads, those of a program after `DOWNLOAD_S`."""
        with self._changing:
            folders = self._of_session.pop(session, set())
            unused = [folder for folder, users in self._users.items() if users <= {session}]
            for users in self._users.values():
                users.discard(session)
            for folder in unused:
                del self._users[folder]
            if had_page:
                self._released.update(unused)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove downloads after their time, and everything that no session uses and that is not new."""
        with self._changing:
            for folder in [folder for folder, until_s in self._downloads.items() if until_s < time.monotonic()]:
                del self._downloads[folder]
                shutil.rmtree(folder, ignore_errors=True)
            used = {self.root / _LOCK, *self._permanent, *self._downloads, *self._users}.union(
                *self._of_session.values()
            )
            for path in set(self.root.iterdir()) - used:
                if _age_s(path) > (_SETTLING_S if path in self._released else DOWNLOAD_S):
                    self._released.discard(path)
                    _delete(path)

    def _made(self) -> Path:
        folder = self.root / secrets.token_hex(8)  # whoever knows a file's path can fetch it
        folder.mkdir(mode=0o700)
        return folder


def _temporary_folder() -> Path:
    try:
        return Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    except OSError as error:
        raise BadInput(
            "There is no folder for temporary files that can be written.",
            todo="Set GRADIO_TEMP_DIR to a folder that can be written.",
        ) from error


def _age_s(path: Path) -> float:
    """Seconds since a file, or a folder or the newest in it, was made or used again; 0 when it just went."""
    try:
        return time.time() - max(place.stat().st_ctime for place in (path, *path.glob("*")))
    except OSError:
        return 0.0


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


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
