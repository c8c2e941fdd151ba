"""ZIP archives of results and inputs."""

import shutil
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from refocus.core import BadInput, Progress, silent
from refocus.media.atomic import atomic_path

# What zipfile raises on damaged archives.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, IndexError, EOFError, struct.error
)  # fmt: skip
_MAX_BYTES = 2_000_000_000
_MAX_FILES = 1_000
_STAGE = "Unpacking"
_MAX_RATIO = 50
"""Pictures are compressed already and depth maps shrink by ten; more suggests an archive made to fill the disk."""
_ALWAYS_ALLOWED_BYTES = 20_000_000
_CHUNK_BYTES = 1 << 20


def zip_files(path: str | Path, files: Iterable[Path]) -> None:
    """Write files into a ZIP under their own names, atomically and without compression, as pictures are compressed.

    Raises:
        BadInput: when the place cannot be written.
    """
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for file in files:
            archive.write(file, file.name)


def unzip_files(path: str | Path, folder: Path, *, endings: Collection[str], progress: Progress = silent) -> Path:
    """Extract the files with certain endings from all folders of a ZIP into one folder.

    Only the last part of names in the archive is used, so nothing is written elsewhere.

    Args:
        path: the archive.
        folder: created when missing.
        endings: such as ".png"; other files and hidden ones are skipped.
        progress: called at each file; may raise `Cancelled`.

    Returns:
        The folder.

    Raises:
        BadInput: when it is not a ZIP, is damaged, or too large unpacked.
    """
    path = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [one for one in archive.infolist() if _is_wanted(one, endings)]
            most_bytes = min(_MAX_BYTES, max(_ALWAYS_ALLOWED_BYTES, _MAX_RATIO * path.stat().st_size))
            if sum(one.file_size for one in wanted) > most_bytes or len(wanted) > _MAX_FILES:
                raise BadInput(f"{path.name} is far too large unpacked.", todo="Give fewer or smaller pictures.")
            for one in wanted:
                progress(_STAGE, 0.0)
                # An entry yields at most the bytes in its header, which were counted.
                with archive.open(one) as packed, (folder / PurePosixPath(one.filename).name).open("wb") as file:
                    shutil.copyfileobj(packed, file, _CHUNK_BYTES)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{path.name} cannot be unpacked: {why}.", todo="Pack it again as a plain ZIP.") from error
    except _DAMAGED as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path.name} cannot be unpacked: {error}.", todo="Pack it again as a plain ZIP.") from error
    return folder


def _is_wanted(one: zipfile.ZipInfo, endings: Collection[str]) -> bool:
    name = PurePosixPath(one.filename)
    return not one.is_dir() and name.suffix.lower() in endings and not name.name.startswith(".")
