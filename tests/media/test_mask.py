from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.media.mask import read_mask


def test_brightness_says_how_much_light_passes(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 51, 255]], np.uint8)).save(tmp_path / "grey.png")
    assert read_mask(tmp_path / "grey.png") == pytest.approx(np.array([[0, 0.2, 1]]), abs=1e-6)


def test_sixteen_bits_are_read_whole(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 13107, 65535]], np.uint16)).save(tmp_path / "deep.png")
    assert read_mask(tmp_path / "deep.png") == pytest.approx(np.array([[0, 0.2, 1]]), abs=1e-6)


def test_transparent_is_closed(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[255, 255, 255, 0], [255, 255, 255, 255]]], np.uint8)).save(tmp_path / "alpha.png")
    assert read_mask(tmp_path / "alpha.png").tolist() == [[0, 1]]


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    Image.new("L", (3000, 1500), 255).save(tmp_path / "large.png")
    assert read_mask(tmp_path / "large.png").shape == (512, 1024)


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n cut off"])
def test_what_is_no_mask_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "shape.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=r"shape\.png") as caught:
        read_mask(path)
    assert "white" in caught.value.todo


def test_a_jpeg_in_disguise_is_no_mask(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 255).save(tmp_path / "photo.png", "JPEG")
    with pytest.raises(BadInput, match="not a PNG"):
        read_mask(tmp_path / "photo.png")
