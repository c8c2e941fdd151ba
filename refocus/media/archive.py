"""Several files as one to take away, or to bring along."""

import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from refocus.core import BadInput, Progress, silent
from refocus.media.atomic import atomic_path

_MOST_BYTES = 2_000_000_000
_MOST_FILES = 1_000
_STAGE = "Unpacking"
_MOST_TIMES_ITS_SIZE = 50
"""Pictures are compressed already, and depth maps shrink by ten; what shrinks more is made to fill the disk."""
_ALWAYS_TAKEN_BYTES = 20_000_000
_UNPACKED_AT_ONCE = 1 << 20


def zip_files(path: str | Path, files: Iterable[Path]) -> None:
    """Write files into one ZIP under their own names, atomically; stored, because pictures are compressed already.

    Raises:
        BadInput: when the place cannot be written.
    """
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for file in files:
            archive.write(file, file.name)


def unzip_files(path: str | Path, folder: Path, *, endings: Collection[str], progress: Progress = silent) -> Path:
    """Take the files of some kinds out of a ZIP, whatever folders they are in, into one folder.

    Names in the archive decide nothing but the files' last names, so nothing is written elsewhere.

    Args:
        path: the archive.
        folder: made when missing.
        endings: such as ".png"; other files and hidden ones stay in.
        progress: told at each file; may raise `Cancelled`.

    Returns:
        The folder.

    Raises:
        BadInput: when it is no ZIP, is damaged, or would fill the disk.
    """
    path = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [one for one in archive.infolist() if _is_wanted(one, endings)]
            most_bytes = min(_MOST_BYTES, max(_ALWAYS_TAKEN_BYTES, _MOST_TIMES_ITS_SIZE * path.stat().st_size))
            if sum(one.file_size for one in wanted) > most_bytes or len(wanted) > _MOST_FILES:
                raise BadInput(f"{path.name} holds far too much.", todo="Bring fewer or smaller pictures.")
            for one in wanted:
                progress(_STAGE, 0.0)
                # An entry gives no more bytes than its header says, and those were counted.
                with archive.open(one) as packed, (folder / PurePosixPath(one.filename).name).open("wb") as file:
                    shutil.copyfileobj(packed, file, _UNPACKED_AT_ONCE)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{path.name} cannot be unpacked: {why}.", todo="Pack it again as a plain ZIP.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path.name} cannot be unpacked: {error}.", todo="Pack it again as a plain ZIP.") from error
    return folder


def _is_wanted(one: zipfile.ZipInfo, endings: Collection[str]) -> bool:
    name = PurePosixPath(one.filename)
    return not one.is_dir() and name.suffix.lower() in endings and not name.name.startswith(".")
