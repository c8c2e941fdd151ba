"""Depth and disparity files: meaning, holes, sizes, and what is refused."""

import io
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from refocus.core import BadInput
from refocus.depth import read_disparity

SIZE = (24, 32)  # height, width


@pytest.fixture
def ramp() -> np.ndarray:
    """Larger towards the bottom, (24, 32) float32 in [2, 25]."""
    return np.repeat(np.arange(2, 26, dtype=np.float32)[:, None], 32, axis=1)


def save(folder: Path, values: np.ndarray, name: str = "map.npy") -> Path:
    path = folder / name
    if name.endswith(".npy"):
        np.save(path, values)
    elif name.endswith(".npz"):
        np.savez_compressed(path, depth=values)
    else:
        Image.fromarray(values).save(path)
    return path


@pytest.mark.parametrize("name", ["map.npy", "map.npz"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, ">f4"])
def test_disparity_is_scaled_to_the_unit_range(
    tmp_path: Path, ramp: np.ndarray, name: str, dtype: type[np.generic] | str
) -> None:
    disparity = read_disparity(save(tmp_path, ramp.astype(dtype), name), size=SIZE)
    assert not disparity.metric
    assert np.allclose(disparity.values, (ramp - 2) / 23, atol=1e-6)
    assert name in disparity.source


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 10), (np.uint16, 2500)])
def test_grey_pngs_keep_their_depth_of_bits(
    tmp_path: Path, ramp: np.ndarray, dtype: type[np.generic], scale: int
) -> None:
    path = save(tmp_path, (ramp * scale).astype(dtype), "map.png")
    assert np.allclose(read_disparity(path, size=SIZE).values, (ramp - 2) / 23, atol=1e-6)


def test_a_grey_png_stored_with_three_channels_counts_as_grey(tmp_path: Path, ramp: np.ndarray) -> None:
    grey = save(tmp_path, np.repeat((ramp * 10).astype(np.uint8)[..., None], 3, axis=2), "map.png")
    assert np.allclose(read_disparity(grey, size=SIZE).values, (ramp - 2) / 23, atol=1e-6)


def test_metres_become_diopters(tmp_path: Path, ramp: np.ndarray) -> None:
    disparity = read_disparity(save(tmp_path, ramp), size=SIZE, meaning="metres")
    assert disparity.metric
    assert disparity.values[0, 0] == pytest.approx(1 / 2)
    assert disparity.values[-1, 0] == pytest.approx(1 / 25)


def test_whole_numbers_as_depth_cameras_write_them_are_millimetres(tmp_path: Path, ramp: np.ndarray) -> None:
    disparity = read_disparity(save(tmp_path, (ramp * 1000).astype(np.uint16), "d.png"), size=SIZE, meaning="metres")
    assert disparity.values[0, 0] == pytest.approx(1 / 2)
    assert "millimetres" in disparity.source


def test_auto_means_nearer_is_larger(tmp_path: Path, ramp: np.ndarray) -> None:
    path = save(tmp_path, ramp)
    auto, said = (read_disparity(path, size=SIZE, meaning=m) for m in ("auto", "disparity"))
    assert np.array_equal(auto.values, said.values)
    assert auto.values[-1, 0] > auto.values[0, 0]


@pytest.mark.parametrize("hole", [0.0, -1.0, np.nan, 1e-40])
def test_holes_in_metres_take_their_nearest_neighbour(tmp_path: Path, ramp: np.ndarray, hole: float) -> None:
    ramp[10, 5] = hole
    values = read_disparity(save(tmp_path, ramp), size=SIZE, meaning="metres").values
    assert values[10, 5] in values[9:12, 4:7][np.arange(9).reshape(3, 3) != 4]


def test_infinitely_far_is_zero_diopters(tmp_path: Path, ramp: np.ndarray) -> None:
    ramp[0] = np.inf
    assert (read_disparity(save(tmp_path, ramp), size=SIZE, meaning="metres").values[0] == 0).all()


def test_many_holes_are_mentioned_in_the_source(tmp_path: Path, ramp: np.ndarray) -> None:
    ramp[:6] = np.nan
    assert "25%" in read_disparity(save(tmp_path, ramp), size=SIZE).source
    assert "holes" not in read_disparity(save(tmp_path, ramp[6:]), size=(18, 32)).source


def test_depth_in_which_white_is_far_is_turned_over(tmp_path: Path, ramp: np.ndarray) -> None:
    near = read_disparity(save(tmp_path, ramp), size=SIZE).values
    far = read_disparity(save(tmp_path, ramp), size=SIZE, meaning="depth")
    np.testing.assert_allclose(far.values, 1 - near, atol=1e-6)
    assert not far.metric
    assert "larger is farther" in far.source


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_map_with_an_orientation_is_turned_like_a_photo(tmp_path: Path, orientation: int) -> None:
    stored = Image.fromarray(np.arange(24 * 32, dtype=np.uint16).reshape(24, 32))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored.save(tmp_path / "map.png", exif=exif)
    turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    upright = np.rot90(np.asarray(stored), turns).astype(np.float32)
    values = read_disparity(tmp_path / "map.png", size=(upright.shape[0], upright.shape[1])).values
    np.testing.assert_allclose(values, upright / upright.max(), atol=1e-5)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_resizing_keeps_a_step_a_step(tmp_path: Path, factor: float) -> None:
    step = np.zeros((40, 60), np.float32)
    step[:, 30:] = 1
    size = (round(40 * factor), round(60 * factor))
    values = read_disparity(save(tmp_path, step), size=size).values
    assert values.shape == size
    assert set(np.unique(values)) == {0.0, 1.0}
    assert values.mean() == pytest.approx(0.5, abs=0.02)


def test_resizing_keeps_a_slope_a_slope(tmp_path: Path, ramp: np.ndarray) -> None:
    values = read_disparity(save(tmp_path, ramp), size=(240, 320)).values
    assert np.abs(np.diff(values, axis=0)).max() < 0.01


def test_fortran_order_is_read_right(tmp_path: Path, ramp: np.ndarray) -> None:
    plain = read_disparity(save(tmp_path, ramp), size=SIZE).values
    assert np.array_equal(read_disparity(save(tmp_path, np.asfortranarray(ramp), "f.npy"), size=SIZE).values, plain)


def refusal(path: Path, **options: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_disparity(path, size=SIZE, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_another_aspect_is_refused_and_a_turned_map_is_recognised(tmp_path: Path, ramp: np.ndarray) -> None:
    assert "32x20" in refusal(save(tmp_path, ramp[:20])).message
    assert "Rotate" in refusal(save(tmp_path, ramp.T)).todo


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (np.full((24, 32), np.nan, np.float32), "0.0%"),
        (np.full((24, 32), 3.0, np.float32), "same depth"),
        (np.zeros((24, 32, 3), np.float32), "shape"),
        (np.zeros(768, np.float32), "shape"),
        (np.zeros((0, 32), np.float32), "shape"),
        (np.zeros((24, 32), np.complex64), "complex64"),
        (np.array([["near"] * 32] * 24), "instead of plain numbers"),
    ],
)
def test_arrays_that_are_no_map_are_refused(tmp_path: Path, values: np.ndarray, word: str) -> None:
    assert word in refusal(save(tmp_path, values)).message


def test_a_colour_png_is_refused(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    assert "colour" in refusal(save(tmp_path, colours, "map.png")).message


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "map.npy"
    np.save(path, np.array([[{"a": 1}] * 32] * 24, dtype=object), allow_pickle=True)
    assert "object" in refusal(path).message
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(np.zeros(SIZE)))
    assert "known kind" in refusal(tmp_path / "raw.npy").message


def test_a_huge_header_is_refused_before_reading(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)})
    path = tmp_path / "map.npy"
    path.write_bytes(header.getvalue())
    assert "too large a map" in refusal(path).message


def test_a_small_file_that_unpacks_to_much_is_refused_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (14000, 14000)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("arr_0.npy", "w") as entry:
        entry.write(header.getvalue())
        for _ in range(20):  # of the 1568 MB that the header promises
            entry.write(bytes(1_000_000))
    tracemalloc.start()
    try:
        said = refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert said.message == "bomb.npz is too large a map: 14000x14000 px are 196 megapixels, but at most 65 are taken."


def test_the_header_tells_the_aspect_before_anything_is_read(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (4000, 4000)})
    (tmp_path / "map.npy").write_bytes(header.getvalue())
    assert "do not match" in refusal(tmp_path / "map.npy").message


def test_wide_numbers_are_read_as_they_are(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0.0, 1.0, 1200)[:, None], 1600, 1)
    values = read_disparity(save(tmp_path, ramp), size=(1200, 1600)).values
    assert np.abs(values - ramp).max() < 1e-6


@pytest.mark.parametrize("name", ["map.npy", "map.npz", "map.png"])
def test_truncated_files_are_refused(tmp_path: Path, ramp: np.ndarray, name: str) -> None:
    path = save(tmp_path, np.random.default_rng(1).integers(0, 255, SIZE).astype(np.uint8), name)
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged" in str(refusal(path))


def test_missing_files_folders_and_text_are_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.npy").message
    assert "cannot be read" in refusal(tmp_path).message
    (tmp_path / "a.npy").write_text("not numbers")
    assert "known kind" in refusal(tmp_path / "a.npy").message


def test_an_archive_of_two_arrays_is_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    np.savez(tmp_path / "two.npz", a=ramp, b=ramp)
    assert "2 entries" in refusal(tmp_path / "two.npz").message


def test_an_unknown_meaning_is_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    assert "feet" in refusal(save(tmp_path, ramp), meaning="feet").message


def test_a_header_that_does_not_end_is_damaged(tmp_path: Path, ramp: np.ndarray) -> None:
    path = save(tmp_path, ramp)
    path.write_bytes(path.read_bytes().replace(b"), }", b"(, }", 1))  # found by tests.benchmarks.fuzz
    assert "damaged" in refusal(path).message
