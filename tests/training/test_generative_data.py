"""The data of Generative Refocusing's training: K, absolute diopters, samples, night scenes, and the index."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb8
from refocus.media import Camera, save_png
from refocus.optics import Aperture, render_focus
from refocus.training.generative.exif_k import exif_k_per_long_side, lens_of
from refocus.training.generative.night_scenes import compose_night_scene
from refocus.training.generative.photo_index import PhotoIndex, PhotoRow, split_of, write_index
from refocus.training.generative.samples import SampleSettings, bokeh_sample, deblur_sample
from refocus.training.generative.ssim_k import find_k
from tests.reference import reference

SETTINGS = SampleSettings(window_px=64, highlights=0.0)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sharp picture of 96x64 px, a photo of it, and its diopters: 0.5 on the left, 2 on the right."""
    folder = tmp_path_factory.mktemp("prepared")
    random = np.random.default_rng(0)
    save_png(folder / "sharp.png", random.integers(0, 256, (64, 96, 3)).astype(np.uint8))
    save_png(folder / "photo.png", random.integers(0, 256, (64, 96, 3)).astype(np.uint8))
    np.save(folder / "diopters.npy", diopters().astype(np.float16))
    return folder


def diopters() -> NDArray[np.float32]:
    values = np.full((64, 96), 0.5, np.float32)
    values[:, 48:] = 2.0
    return values


def row(route: str = "synthetic", **more: object) -> PhotoRow:
    files = {"sharp": "sharp.png", "disparity": "diopters.npy"}
    return PhotoRow(route, "a", "a", "train", **{**files, **more})  # type: ignore[arg-type]


def real_row(**more: object) -> PhotoRow:
    return row("exif", blurred="photo.png", k_per_long_side=10 / 96, focus_diopters=0.5, **more)


@pytest.mark.parametrize(
    ("camera", "focus_diopters", "long_side_px", "expected"),
    [
        # 50 mm f/2 on 36 mm focused at 2 m: 0.05^2 / (2 x 2 x (1 - 0.05 / 2)) x 1024 / 0.036 = 18.23 px per 1/m
        (Camera(focal_length_mm=50, f_number=2, focal_length_35mm=50), 0.5, 1024, 18.234),
        # a phone: 5.7 mm f/1.6, equivalent to 26 mm, so 7.892 mm wide; at 1 m: 5.7^2 / (2 x 1.6 x (1 - 0.0057)) / 1000
        # x 4032 / 7.892 = 5.217
        (Camera(focal_length_mm=5.7, f_number=1.6, focal_length_35mm=26), 1.0, 4032, 5.217),
        # focused at infinity: 0.085^2 / (2 x 1.4) x 2000 / 0.036 = 143.35
        (Camera(focal_length_mm=85, f_number=1.4, focal_length_35mm=85), 0.0, 2000, 143.353),
    ],
)
def test_k_of_exif_by_hand(camera: Camera, focus_diopters: float, long_side_px: int, expected: float) -> None:
    k = exif_k_per_long_side(lens_of(camera), focus_diopters) * long_side_px
    assert k == pytest.approx(expected, rel=1e-3)


def test_a_photo_without_exif_says_what_it_lacks() -> None:
    with pytest.raises(BadInput, match="no focal length and f-number"):
        lens_of(Camera())
    with pytest.raises(BadInput, match="sensor"):
        lens_of(Camera(focal_length_mm=50, f_number=2))
    assert lens_of(Camera(focal_length_mm=50, f_number=2), sensor_width_mm=23.5).sensor_width_mm == 23.5


def test_k_by_ssim_on_a_ray_traced_scene() -> None:
    """Another renderer than ours, with a known lens: K is the aperture's radius times the focal length in pixels."""
    scene = np.load(reference("groundtruth/S1/S1.npz"))
    lens = json.loads(str(scene["meta"]))
    part = np.s_[100:240, 140:340]  # both planes, in less time
    found = find_k(
        linear_to_srgb8(scene["aif"][part].astype(np.float32)),
        (1 / scene["depth"][part]).astype(np.float32),
        linear_to_srgb8(scene["stack"][4][part].astype(np.float32)),
        float(scene["focus_diopters"][4]),
        border_px=13,
    )
    assert found.k_radius_px_per_diopter == pytest.approx(lens["aperture_radius_m"] * lens["f_px"], rel=0.05)
    assert found.ssim > 0.9


def test_the_defocus_map_is_in_absolute_diopters(folder: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    sample = bokeh_sample(real_row(), folder, replace(SETTINGS, flip=False), random)
    assert sample.k_radius_px_per_diopter == 10  # the window has the picture's scale
    assert sorted(np.unique(sample.defocus)) == pytest.approx([0, 10 * (2 - 0.5) / 100])
    # A reader that normalises each picture's depth would not see that this scene is twice as deep.
    for name in ("sharp.png", "photo.png"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    np.save(tmp_path / "diopters.npy", (2 * diopters()).astype(np.float16))
    deeper = bokeh_sample(
        replace(real_row(), focus_diopters=1.0), tmp_path, replace(SETTINGS, flip=False), np.random.default_rng(3)
    )
    assert deeper.defocus == pytest.approx(2 * sample.defocus)


def test_k_follows_the_size_of_the_picture_and_the_map_ends_at_100_px(folder: Path) -> None:
    wider = bokeh_sample(real_row(), folder, SampleSettings(window_px=128), np.random.default_rng(0))
    assert wider.k_radius_px_per_diopter == 20
    assert wider.defocus.max() == pytest.approx(20 * 1.5 / 100, rel=1e-5)


def test_a_synthetic_pair_is_what_the_renderer_makes_of_its_map(folder: Path) -> None:
    sample = bokeh_sample(row(), folder, SETTINGS, np.random.default_rng(5), k_radius_px_per_diopter=8)
    assert 0.5 <= sample.focus_diopters <= 2.0
    sides = sorted({8 * abs(end - sample.focus_diopters) / 100 for end in (0.5, 2.0)})
    assert sorted(np.unique(sample.defocus)) == pytest.approx(sides, abs=1e-5)
    same = bokeh_sample(row(), folder, SETTINGS, np.random.default_rng(5), k_radius_px_per_diopter=8)
    assert np.array_equal(sample.target_srgb, same.target_srgb)
    unblurred = bokeh_sample(row(), folder, SETTINGS, np.random.default_rng(5), k_radius_px_per_diopter=0)
    assert np.array_equal(unblurred.target_srgb, unblurred.sharp_srgb)
    assert unblurred.defocus.max() == 0
    assert sample.target_srgb.std() < 0.8 * unblurred.target_srgb.std()
    deblur = deblur_sample(row(), folder, SETTINGS, np.random.default_rng(5))
    assert np.array_equal(deblur.target_srgb, sample.sharp_srgb)


def test_night_scenes_have_lamps_that_take_the_aperture_s_shape() -> None:
    scene = compose_night_scene(np.random.default_rng(4), (128, 128))
    assert scene.light.max() > 4  # far above white
    assert np.median(scene.light) < 0.1
    assert np.array_equal(compose_night_scene(np.random.default_rng(4), (128, 128)).light, scene.light)
    night = PhotoRow("shapes", "n", "n", "train", seed=4)
    settings = SampleSettings(window_px=128, shapes=True)
    sample = bokeh_sample(night, Path(), settings, np.random.default_rng(1), k_radius_px_per_diopter=10)
    assert sample.opening is not None
    assert sample.opening.shape == (256, 256)
    round_lens = render_focus(
        scene.light,
        scene.disparity_diopters,
        focus_disparity=sample.focus_diopters,
        coc_px_per_disparity=2 * sample.k_radius_px_per_diopter,
        aperture=Aperture.named("circle"),
    )
    assert not np.array_equal(linear_to_srgb8(round_lens), sample.target_srgb)


def test_an_index_is_read_as_it_was_written(folder: Path) -> None:
    rows = (real_row(), row(licence="CC0"), PhotoRow("shapes", "n", "n", "val", seed=7))
    write_index(folder / "index.jsonl", rows)
    index = PhotoIndex.read(folder)
    assert index.rows == rows
    assert [found.name for found in index.of(split="val", routes=["shapes"]).rows] == ["n"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "no rows"),
        ("{", "Line 1"),
        ('{"route": "exif", "name": "a", "scene": "a", "split": "train"}', "lacks sharp, blurred"),
        ('{"route": "shapes", "name": "a", "scene": "a", "split": "test", "seed": 1}', "unknown"),
        (
            '{"route": "synthetic", "name": "a", "scene": "a", "split": "val", "sharp": "../s", "disparity": "d"}',
            "path",
        ),
        (
            '{"route": "synthetic", "name": "a", "scene": "a", "split": "val", "sharp": "s", "disparity": "d"}',
            "missing",
        ),
    ],
)
def test_a_damaged_index_names_what_is_wrong(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "index.jsonl").write_text(lines)
    with pytest.raises(BadInput, match=said):
        PhotoIndex.read(tmp_path)


def test_the_split_depends_on_the_scene_alone() -> None:
    splits = [split_of(f"scene {number}", 20) for number in range(1000)]
    assert 150 < splits.count("val") < 250
    assert splits == [split_of(f"scene {number}", 20) for number in range(1000)]
