"""One picture out, its kind by the file's ending."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.media.atomic import check_place
from refocus.media.stills import save_jpeg, save_png


def check_picture_path(path: str | Path) -> None:
    """Refuse an ending nobody writes and a place nobody can, before any work is done. Raises BadInput."""
    if Path(path).suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise BadInput(f"{path} has no ending that tells the kind of picture.", todo="End it in .png or .jpg.")
    check_place(path)


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write (height, width, 3) uint8 sRGB as PNG or JPEG by the path's ending, atomically, profile embedded.

    Raises:
        BadInput: for another ending, or when the place cannot be written.
    """
    check_picture_path(path)
    save = save_png if Path(path).suffix.lower() == ".png" else save_jpeg
    save(path, picture)
