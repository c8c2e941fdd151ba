import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Disparity, FocalStack
from refocus.media import encode_webp, save_disparity_png, save_jpeg, save_png
from refocus.media.colours import srgb_profile
from refocus.media.stills import save_frames, save_picture

GREEN = np.broadcast_to(np.array([20, 160, 60], np.uint8), (70, 90, 3)).copy()


@pytest.fixture
def picture() -> np.ndarray:
    down, right = np.mgrid[0:72, 0:96]
    return np.stack([down * 3, right * 2, 255 - down - right], axis=-1).astype(np.uint8)


def test_png_is_exact_and_tagged(tmp_path: Path, picture: np.ndarray) -> None:
    save_png(tmp_path / "a.png", picture)
    with Image.open(tmp_path / "a.png") as saved:
        assert (np.asarray(saved) == picture).all()
        assert saved.info["icc_profile"] == srgb_profile()


def test_equal_pictures_are_equal_files(tmp_path: Path, picture: np.ndarray) -> None:
    for name in ("a.png", "b.png"):
        save_png(tmp_path / name, picture.copy())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_jpeg_is_close_and_tagged_and_quality_counts(tmp_path: Path, picture: np.ndarray) -> None:
    save_jpeg(tmp_path / "good.jpg", picture)
    save_jpeg(tmp_path / "poor.jpg", picture, quality=20)
    with Image.open(tmp_path / "good.jpg") as saved:
        assert np.abs(np.asarray(saved).astype(int) - picture).max() <= 8
        assert saved.info["icc_profile"] == srgb_profile()
    assert (tmp_path / "poor.jpg").stat().st_size < (tmp_path / "good.jpg").stat().st_size


def test_jpeg_keeps_full_colour_resolution(tmp_path: Path) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255
    save_jpeg(tmp_path / "a.jpg", stripes)
    with Image.open(tmp_path / "a.jpg") as saved:
        assert np.abs(np.asarray(saved).astype(int) - stripes).mean() < 10


def test_webp_is_close_and_its_options_count(picture: np.ndarray) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(encode_webp(picture))) as saved:
        assert saved.format == "WEBP"
        assert np.abs(np.asarray(saved).astype(int) - picture).mean() < 4
    assert len(encode_webp(noise, quality=30)) < len(encode_webp(noise))
    assert encode_webp(noise, method=6) != encode_webp(noise)


def test_disparity_comes_back_from_its_png(tmp_path: Path) -> None:
    values = np.linspace(-0.5, 2.5, 70 * 90, dtype=np.float32).reshape(70, 90)
    save_disparity_png(tmp_path / "d.png", Disparity(values, metric=True, source="test"))
    with Image.open(tmp_path / "d.png") as saved:
        stored = np.asarray(saved)
        nearest, farthest = float(saved.info["disparity_nearest"]), float(saved.info["disparity_farthest"])
        assert saved.info["disparity_metric"] == "true"
    assert stored.dtype == np.uint16
    assert (stored.min(), stored.max()) == (0, 65535)
    assert np.abs(farthest + stored / 65535 * (nearest - farthest) - values).max() < 3.0 / 65535


def test_a_flat_disparity_is_black(tmp_path: Path) -> None:
    save_disparity_png(tmp_path / "d.png", Disparity(np.full((8, 8), 3.0, np.float32), metric=False, source="flat"))
    with Image.open(tmp_path / "d.png") as saved:
        assert (np.asarray(saved) == 0).all()
        assert float(saved.info["disparity_nearest"]) == 3.0


def test_frames_are_numbered_from_the_nearest(tmp_path: Path, stack: FocalStack) -> None:
    save_frames(tmp_path, stack)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"frame_0{index}.png" for index in range(4)]
    with Image.open(tmp_path / "frame_02.png") as saved:
        assert (np.asarray(saved) == stack.frames[2]).all()


def test_frames_into_a_place_that_cannot_be_written(tmp_path: Path, stack: FocalStack) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput):
        save_frames(tmp_path / "file", stack)


@pytest.mark.parametrize(("ending", "kind"), [(".png", "PNG"), (".JPG", "JPEG"), (".jpeg", "JPEG")])
def test_the_ending_decides_the_kind(tmp_path: Path, ending: str, kind: str) -> None:
    path = tmp_path / f"picture{ending}"
    save_picture(path, GREEN)
    with Image.open(path) as saved:
        assert saved.format == kind
        assert "icc_profile" in saved.info
        assert np.abs(np.asarray(saved).astype(int) - GREEN).max() <= 2


@pytest.mark.parametrize("name", ["picture", "picture.gif"])
def test_other_endings_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"\.png or \.jpg"):
        save_picture(tmp_path / name, GREEN)
    assert list(tmp_path.iterdir()) == []
