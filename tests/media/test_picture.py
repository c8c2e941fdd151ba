from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.media.picture import save_picture

GREEN = np.broadcast_to(np.array([20, 160, 60], np.uint8), (70, 90, 3)).copy()


@pytest.mark.parametrize(("ending", "kind"), [(".png", "PNG"), (".JPG", "JPEG"), (".jpeg", "JPEG")])
def test_the_ending_decides_the_kind(tmp_path: Path, ending: str, kind: str) -> None:
    path = tmp_path / f"picture{ending}"
    save_picture(path, GREEN)
    with Image.open(path) as picture:
        assert picture.format == kind
        assert "icc_profile" in picture.info
        assert np.abs(np.asarray(picture).astype(int) - GREEN).max() <= 2


@pytest.mark.parametrize("name", ["picture", "picture.gif"])
def test_other_endings_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"\.png or \.jpg"):
        save_picture(tmp_path / name, GREEN)
    assert list(tmp_path.iterdir()) == []
