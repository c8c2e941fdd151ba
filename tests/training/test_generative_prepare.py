"""The `prepare` commands of Generative Refocusing's training, from folders of photos to an index."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from refocus.cli import main
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import coc_px_from_k_radius_px, render_focus
from refocus.training.generative.photo_index import PhotoIndex

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 80, 120


def picture(seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (SIZE[0] // 4, SIZE[1] // 4, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC))


def depth_m() -> NDArray[np.float32]:
    """1 m on a block in the middle, 4 m around it."""
    metres = np.full(SIZE, 4.0, np.float32)
    metres[20:60, 40:80] = 1.0
    return metres


def save_photo(path: Path, rgb: NDArray[np.uint8], **lens: float) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base[name]: value for name, value in lens.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, quality=95, exif=exif)


def prepare(route: str, *arguments: object) -> int:
    return main(["train", "prepare", route, *map(str, arguments)])


def rows(out: Path) -> dict[str, dict]:
    return {row["name"]: row for row in map(json.loads, (out / "index.jsonl").read_text().splitlines())}


def test_pairs_are_matched_by_name_and_a_pair_of_two_sizes_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("one", 0), ("two", 1)):
        save_photo(tmp_path / "in" / f"{name}.jpg", picture(seed))
        save_photo(tmp_path / "gt" / f"{name}.jpg", picture(seed + 10))
    save_photo(tmp_path / "gt" / "two.jpg", picture(11)[:70])
    (tmp_path / "facts.csv").write_text("file,licence,scene\none.jpg,CC0,garden\n")
    arguments = (tmp_path / "in", tmp_path / "gt", "--out", tmp_path / "out", "--facts", tmp_path / "facts.csv")
    assert prepare("deblur-pairs", *arguments) == 2
    said = capsys.readouterr().err
    assert "two: The pictures differ in size: blurred 120x80 px, sharp 120x70 px" in said
    assert "1 of 2 failed" in said
    made = rows(tmp_path / "out")
    assert made["one"]["scene"] == "garden"
    assert made["one"]["licence"] == "CC0"
    written = (tmp_path / "out" / made["one"]["sharp"]).stat().st_mtime_ns
    save_photo(tmp_path / "gt" / "two.jpg", picture(11))
    assert prepare("deblur-pairs", *arguments) == 0  # continues: the first pair is not made again
    assert set(rows(tmp_path / "out")) == {"one", "two"}
    assert (tmp_path / "out" / made["one"]["sharp"]).stat().st_mtime_ns == written
    assert Image.open(tmp_path / "out" / "contact_sheet.jpg").width > 300


def test_synthetic_needs_metres_or_an_assumed_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_photo(tmp_path / "photos" / "a.jpg", picture(0))
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / "a.npy", 1 / depth_m())
    arguments = [tmp_path / "photos", "--out", tmp_path / "out", "--depth-files", tmp_path / "maps"]
    assert prepare("bokeh-synthetic", *arguments, "--depth-is", "disparity") == 2
    assert "is relative, and K counts per diopter" in capsys.readouterr().err
    assert prepare("bokeh-synthetic", *arguments, "--depth-is", "disparity", "--assume-diopters", 0.5, 3) == 0
    assert rows(tmp_path / "out")["a"]["metric"] is False
    values = np.load(tmp_path / "out" / "disparity" / "a.npy")
    assert (values.min(), values.max()) == (0.5, 3)
    np.save(tmp_path / "maps" / "a.npy", depth_m())
    assert prepare("bokeh-synthetic", *arguments) == 0
    values = np.load(tmp_path / "out" / "disparity" / "a.npy")
    assert (values.min(), values.max()) == (0.25, 1)
    index = PhotoIndex.read(tmp_path / "out")
    assert prepare("bokeh-shapes", "--count", 3, "--photos", tmp_path / "out", "--out", tmp_path / "night") == 0
    night = PhotoIndex.read(tmp_path / "night").rows
    assert [(row.seed, row.sharp is not None) for row in night] == [(0, False), (1, True), (2, False)]
    assert night[1].scene == index.rows[0].scene


def test_k_of_real_photos_comes_from_exif(tmp_path: Path, tiny_flux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lens = {"FocalLength": 50.0, "FNumber": 2.0, "FocalLengthIn35mmFilm": 50}
    save_photo(tmp_path / "photos" / "portrait.jpg", picture(0), **lens)
    save_photo(tmp_path / "photos" / "bare.jpg", picture(1))
    (tmp_path / "maps").mkdir()
    for name in ("portrait", "bare"):
        np.save(tmp_path / "maps" / f"{name}.npy", depth_m())
    arguments = [tmp_path / "photos", "--out", tmp_path / "out", "--depth-files", tmp_path / "maps", "--steps", 1]
    arguments += ["--flux", tiny_flux / "model", "--deblur-lora", tiny_flux / "lora"]
    assert prepare("bokeh-exif", *arguments) == 2
    assert "bare: EXIF names no focal length and f-number" in capsys.readouterr().err
    row = rows(tmp_path / "out")["portrait"]
    focus = row["focus_diopters"]
    assert focus in (0.25, 1)  # the subject's
    assert row["k_per_long_side"] == pytest.approx(0.05**2 / 2 / (1 - 0.05 * focus) / 2 / 0.036)
    sharp = np.asarray(Image.open(tmp_path / "out" / row["sharp"]))
    assert sharp.shape == (*SIZE, 3)
    assert not np.array_equal(sharp, np.asarray(Image.open(tmp_path / "out" / row["blurred"])))


def test_k_of_a_series_is_found_and_a_photo_that_does_not_match_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sharp, disparity = picture(0), 1 / depth_m()
    blurred = linear_to_srgb8(
        render_focus(
            srgb_to_linear(sharp),
            disparity,
            focus_disparity=1.0,
            coc_px_per_disparity=coc_px_from_k_radius_px(6.0),
        )
    )
    for name, rgb in (("block_f22", sharp), ("block_f2", blurred), ("block_f4", picture(9))):
        save_photo(tmp_path / "photos" / f"{name}.jpg", rgb)
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / "block.npy", depth_m())
    (tmp_path / "facts.csv").write_text("file,focus_distance_m\nblock_f22.jpg,1\n")
    arguments = [tmp_path / "photos", "--out", tmp_path / "out", "--depth-files", tmp_path / "maps"]
    assert prepare("bokeh-apertures", *arguments, "--facts", tmp_path / "facts.csv") == 0
    made = rows(tmp_path / "out")
    assert set(made) == {"block_f2"}
    assert "block_f4 left out: SSIM" in capsys.readouterr().err
    assert made["block_f2"]["k_per_long_side"] * SIZE[1] == pytest.approx(6, rel=0.05)
    assert made["block_f2"]["focus_diopters"] == 1
    assert PhotoIndex.read(tmp_path / "out").rows[0].f_number == 2
