"""One picture out, its kind by the file's ending."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.media.outputs import check_output_file
from refocus.media.stills import save_jpeg, save_png


def check_picture_path(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse an ending nobody writes and a place that is not free for it, before any work is done.

    Args:
        path: of the picture.
        inputs: files and folders it is made from; see `check_output_file`.

    Raises:
        BadInput: saying what to do.
    """
    if Path(path).suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise BadInput(f"{path} has no ending that tells the kind of picture.", todo="End it in .png or .jpg.")
    check_output_file(path, inputs)


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write (height, width, 3) uint8 sRGB as PNG or JPEG by the path's ending, atomically, profile embedded.

    Raises:
        BadInput: for another ending, or when the place cannot be written.
    """
    check_picture_path(path)
    save = save_png if Path(path).suffix.lower() == ".png" else save_jpeg
    save(path, picture)
