"""Several files as one to take away."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from refocus.media.atomic import atomic_path


def zip_files(path: str | Path, files: Iterable[Path]) -> None:
    """Write files into one ZIP under their own names, atomically; stored, because pictures are compressed already.

    Raises:
        BadInput: when the place cannot be written.
    """
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for file in files:
            archive.write(file, file.name)
