"""The renderer: limits, symmetries, energy, and closeness to ray-traced lens pictures."""

from collections.abc import Callable, Generator
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from refocus.core import BadInput
from refocus.optics import Aperture, prepare_scene, render_focus, render_stack
from refocus.optics.render.quality import Quality
from tests.benchmarks.lens_rays import Truth
from tests.benchmarks.truths import psnr_db, slanted_ground, thin_structures, traced_scene
from tests.reference import reference

SIZE = (60, 80)


def _noise(seed: int = 0, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).random((*size, 3)).astype(np.float32)


def _two_planes(near: float = 1.0, far: float = 0.0) -> np.ndarray:
    disparity = np.full(SIZE, far, np.float32)
    disparity[15:45, 20:60] = near
    return disparity


def _lamp(size: int = 101, power: float = 50.0) -> np.ndarray:
    scene = np.zeros((size, size, 3), np.float32)
    scene[size // 2, size // 2] = power
    return scene


@pytest.mark.parametrize("quality", ["preview", "standard", "exact"])
def test_flat_scene_in_focus_is_unchanged(quality: Quality) -> None:
    scene = _noise()
    seen = render_focus(
        scene, np.full(SIZE, 0.3, np.float32), focus_disparity=0.3, coc_px_per_disparity=40.0, quality=quality
    )
    np.testing.assert_allclose(seen, scene, atol=1e-5)


def test_no_blur_leaves_any_scene_unchanged() -> None:
    scene = _noise()
    seen = render_focus(scene, _two_planes(), focus_disparity=0.5, coc_px_per_disparity=0.0)
    np.testing.assert_allclose(seen, scene, atol=1e-5)


def test_flat_scene_out_of_focus_is_blurred_evenly() -> None:
    scene = np.full((*SIZE, 3), 0.4, np.float32)
    flat = np.full(SIZE, 0.3, np.float32)
    np.testing.assert_allclose(
        render_focus(scene, flat, focus_disparity=0.8, coc_px_per_disparity=40.0), scene, atol=1e-4
    )
    noisy = render_focus(_noise(), flat, focus_disparity=0.8, coc_px_per_disparity=40.0)
    assert noisy.std() < 0.2 * _noise().std()


def test_even_light_stays_even_over_any_depth() -> None:
    scene = np.full((*SIZE, 3), 0.7, np.float32)
    for focus in (0.0, 0.4, 1.0):
        seen = render_focus(scene, _two_planes(), focus_disparity=focus, coc_px_per_disparity=16.0)
        np.testing.assert_allclose(seen, scene, atol=5e-3)


def test_what_is_in_focus_keeps_its_colours() -> None:
    scene, disparity = _noise(), _two_planes()
    near = render_focus(scene, disparity, focus_disparity=1.0, coc_px_per_disparity=16.0)
    np.testing.assert_allclose(near[16:44, 21:59], scene[16:44, 21:59], atol=2e-3)  # an outline pixel less
    far = render_focus(scene, disparity, focus_disparity=0.0, coc_px_per_disparity=16.0)
    np.testing.assert_allclose(far[:5], scene[:5], atol=2e-3)


def test_sharp_object_does_not_bleed_into_the_blurred_background() -> None:
    scene = np.zeros((*SIZE, 3), np.float32)
    disparity = _two_planes()
    scene[disparity == 1.0] = 1.0
    seen = render_focus(scene, disparity, focus_disparity=1.0, coc_px_per_disparity=16.0)
    assert seen[:14].max() < 0.01
    assert seen[17:43, 22:58].min() > 0.99


def test_no_dark_fringe_round_a_sharp_object_in_a_dark_scene() -> None:
    scene, disparity = np.full((*SIZE, 3), 0.02, np.float32), _two_planes()
    scene[disparity == 1.0] = 0.11
    seen = render_focus(scene, disparity, focus_disparity=1.0, coc_px_per_disparity=16.0)
    np.testing.assert_allclose(seen[30, 62:], 0.02, rtol=0.06)
    np.testing.assert_allclose(seen[47:, 40], 0.02, rtol=0.06)


def test_blurred_object_spreads_over_the_sharp_background() -> None:
    scene = np.zeros((*SIZE, 3), np.float32)
    disparity = _two_planes()
    scene[disparity == 1.0] = 1.0
    seen = render_focus(scene, disparity, focus_disparity=0.0, coc_px_per_disparity=16.0)
    assert 0.2 < seen[13, 40, 0] < 0.5
    assert seen[15 + 9, 40, 0] > 0.99


@pytest.mark.parametrize(("focus", "upright"), [(0.0, True), (1.0, False)])
def test_point_light_becomes_the_aperture_with_its_energy(focus: float, upright: bool) -> None:
    disparity = np.full((101, 101), 0.5, np.float32)
    seen = render_focus(
        _lamp(), disparity, focus_disparity=focus, coc_px_per_disparity=80.0, aperture=Aperture.named("triangle")
    )
    assert seen[..., 0].sum() == pytest.approx(50.0, rel=0.005)
    width = (seen[..., 0] > 1e-3).sum(axis=1)
    lit = np.nonzero(width)[0]
    assert (width[lit[-1] - 2] > width[lit[0] + 2]) == upright


def test_light_before_a_dark_wall_keeps_its_energy() -> None:
    disparity = np.zeros((101, 101), np.float32)
    disparity[49:52, 49:52] = 1.0
    scene = _lamp(power=0.0)
    scene[49:52, 49:52] = 20.0
    seen = render_focus(scene, disparity, focus_disparity=0.0, coc_px_per_disparity=21.0)
    assert seen[..., 1].sum() == pytest.approx(180.0, rel=0.02)
    assert seen[50, 50 + 8, 1] == pytest.approx(180.0 / (np.pi * 10.5**2), rel=0.05)  # even up to the rim
    assert seen[50, 50 + 15, 1] < 0.01


def test_cat_eye_differs_from_a_circle_by_the_border_only() -> None:
    scene = np.zeros((120, 160, 3), np.float32)
    for row, column in ((60, 80), (14, 16)):
        scene[row, column] = 30.0
    flat = np.full((120, 160), 0.5, np.float32)
    circle, cat_eye = (
        render_focus(scene, flat, focus_disparity=0.0, coc_px_per_disparity=30.0, aperture=Aperture.named(name))
        for name in ("circle", "cat_eye")
    )
    change = np.abs(cat_eye - circle)[..., 0]
    assert change[:40, :40].sum() > 10.0
    assert change[57:64, 77:84].max() < 0.01


@pytest.mark.parametrize("place", [(24, 26), (24, 60), (60, 96), (40, 45), (90, 128)])
@pytest.mark.parametrize("focus", [0.0, 1.0])
def test_cat_eye_keeps_the_energy_of_a_lamp_anywhere(place: tuple[int, int], focus: float) -> None:
    scene = np.zeros((120, 160, 3), np.float32)
    scene[place] = 30.0
    flat = np.full((120, 160), 0.5, np.float32)
    seen = render_focus(
        scene, flat, focus_disparity=focus, coc_px_per_disparity=30.0, aperture=Aperture.named("cat_eye")
    )
    assert seen[..., 0].sum() == pytest.approx(30.0, rel=0.005)


def test_character_changes_the_picture() -> None:
    flat = np.full((101, 101), 0.5, np.float32)
    plain, bubble = (
        render_focus(_lamp(), flat, focus_disparity=1.0, coc_px_per_disparity=80.0, character=c) for c in (0.0, 1.0)
    )
    assert bubble[50, 50, 0] < 0.8 * plain[50, 50, 0]


def test_stack_is_the_same_as_single_frames() -> None:
    scene, disparity, foci = _noise(), _two_planes(), (1.0, 0.5, 0.0)
    stack = list(render_stack(scene, disparity, focus_disparity=foci, coc_px_per_disparity=12.0))
    prepared = prepare_scene(scene, disparity, coc_px_per_disparity=12.0)
    for focus, frame in zip(foci, stack, strict=True):
        np.testing.assert_array_equal(frame, prepared.render(focus))


def test_stack_stops_between_frames() -> None:
    frames = render_stack(_noise(), _two_planes(), focus_disparity=(1.0, 0.0), coc_px_per_disparity=12.0)
    next(frames)
    assert isinstance(frames, Generator)
    frames.close()
    assert list(frames) == []


def test_tensor_in_tensor_out() -> None:
    scene, disparity = _noise(), _two_planes()
    kwargs: dict[str, Any] = {"focus_disparity": 1.0, "coc_px_per_disparity": 12.0}
    seen = render_focus(torch.from_numpy(scene), torch.from_numpy(disparity), **kwargs)
    assert isinstance(seen, torch.Tensor)
    assert seen.dtype == torch.float32
    np.testing.assert_array_equal(seen.numpy(), render_focus(scene, disparity, **kwargs))


def test_input_is_left_as_it_was() -> None:
    scene, disparity = _noise() * 3, _two_planes()
    before = scene.copy(), disparity.copy()
    render_focus(scene, disparity, focus_disparity=0.0, coc_px_per_disparity=12.0)
    np.testing.assert_array_equal(scene, before[0])
    np.testing.assert_array_equal(disparity, before[1])


@pytest.mark.parametrize("size", [(1, 1), (2, 50), (33, 17)])
def test_odd_sizes_work(size: tuple[int, int]) -> None:
    scene = _noise(size=size)
    disparity = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size)
    slope = 0.5 * max(size)
    seen = render_focus(scene, disparity, focus_disparity=0.0, coc_px_per_disparity=slope)
    assert seen.shape == scene.shape
    assert np.isfinite(seen).all()


def test_tiles_of_a_big_picture_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    size = (150, 200)
    scene = np.tile(np.linspace(0, 1, size[1], dtype=np.float32)[None, :, None], (size[0], 1, 3))
    disparity = np.tile(np.linspace(0, 1, size[0], dtype=np.float32)[:, None], (1, size[1]))
    kwargs: dict[str, Any] = {"focus_disparity": 0.4, "coc_px_per_disparity": 20.0, "quality": "exact"}
    whole = render_focus(scene, disparity, **kwargs)
    monkeypatch.setattr("refocus.optics.render.tiles.WHOLE_MAX_PX", 100)
    monkeypatch.setattr("refocus.optics.render.tiles.TILE_PX", 64)
    np.testing.assert_allclose(render_focus(scene, disparity, **kwargs), whole, atol=2e-3)


GOOD: dict[str, Any] = {"focus_disparity": 0.5, "coc_px_per_disparity": 12.0}


@pytest.mark.parametrize(
    ("scene", "disparity", "change", "word"),
    [
        (_noise()[..., 0], _two_planes(), {}, "scene_linear"),
        (np.full((*SIZE, 3), np.nan, np.float32), _two_planes(), {}, "scene_linear"),
        (_noise() - 0.5, _two_planes(), {}, "scene_linear"),
        (_noise(), _two_planes()[:-1], {}, "disparity"),
        (_noise(), np.full(SIZE, np.inf, np.float32), {}, "disparity"),
        (_noise(), _two_planes(), {"focus_disparity": 1.5}, "focus_disparity"),
        (_noise(), _two_planes(), {"focus_disparity": float("nan")}, "focus_disparity"),
        (_noise(), _two_planes(), {"coc_px_per_disparity": -1.0}, "coc_px_per_disparity"),
        (_noise(), _two_planes(), {"coc_px_per_disparity": 1e6}, "coc_px_per_disparity"),
        (_noise(), _two_planes(), {"quality": "best"}, "quality"),
        (_noise(), _two_planes(), {"character": 2.0}, "character"),
        ((_noise() * 255).astype(np.uint8), _two_planes(), {}, "scene_linear holds uint8"),
        (torch.zeros(*SIZE, 3, dtype=torch.uint8), _two_planes(), {}, "scene_linear holds uint8"),
        ([[1.0, 2.0], [3.0]], _two_planes(), {}, "scene_linear"),
        (np.zeros((0, 8, 3), np.float32), np.zeros((0, 8), np.float32), {}, "scene_linear"),
        (_noise(), _two_planes() > 0.5, {}, "disparity"),
        (_noise(), _two_planes(), {"focus_disparity": None}, "focus_disparity is None"),
        (_noise(), _two_planes(), {"focus_disparity": "near"}, "focus_disparity is 'near'"),
        (_noise(), _two_planes(), {"focus_disparity": np.array([0.1, 0.2])}, "focus_disparity"),
        (_noise(), _two_planes(), {"coc_px_per_disparity": "12"}, "coc_px_per_disparity"),
        (_noise(), _two_planes(), {"quality": ["exact"]}, "quality"),
        (_noise(), _two_planes(), {"aperture": "heart"}, "aperture"),
    ],
)
def test_bad_input_names_the_argument(
    scene: np.ndarray, disparity: np.ndarray, change: dict[str, Any], word: str
) -> None:
    with pytest.raises(ValueError, match=word) as caught:
        render_focus(scene, disparity, **GOOD | change)
    assert isinstance(caught.value, BadInput)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("scene_linear", np.nan, "scene_linear holds nan at row 3, column 4, channel 1, but light must be 0 or more"),
        ("scene_linear", -0.5, "scene_linear holds -0.5 at row 3, column 4, channel 1, but light must be 0 or more"),
        ("disparity", np.inf, "disparity holds inf at row 3, column 4, but all must be finite numbers"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(argument: str, value: float, message: str) -> None:
    arrays: dict[str, Any] = {"scene_linear": _noise(), "disparity": _two_planes()}
    arrays[argument][(3, 4, 1)[: arrays[argument].ndim]] = value
    with pytest.raises(BadInput, match=message):
        render_focus(**arrays, **GOOD)


def test_a_range_of_focus_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(BadInput, match="focus_range"):
        prepare_scene(_noise(), _two_planes(), coc_px_per_disparity=12.0, focus_range=(0.8, 0.2))


@pytest.mark.parametrize("foci", [0.5, [], ["a"], [0.1, float("nan")]])
def test_wrong_foci_of_a_stack_are_refused(foci: Any) -> None:
    with pytest.raises(BadInput, match="focus_disparity"):
        next(render_stack(_noise(), _two_planes(), focus_disparity=foci, coc_px_per_disparity=12.0))


@pytest.mark.parametrize(("name", "floor_db"), [("S1", 39.0), ("S2", 43.3), ("S3", 40.2)])
def test_close_to_the_reference_lens_pictures(name: str, floor_db: float) -> None:
    truth = traced_scene(reference(f"groundtruth/{name}/{name}.npz"))
    frames = (0, 8)
    seen = render_stack(
        truth.scene_linear,
        truth.disparity,
        focus_disparity=truth.focus_disparity[list(frames)],
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    assert min(psnr_db(a, truth.frames_linear[i]) for a, i in zip(seen, frames, strict=True)) > floor_db


@pytest.mark.parametrize(("make", "floor_db"), [(thin_structures, 36.7), (slanted_ground, 48.6)])
def test_close_to_lens_pictures_traced_here(make: Callable[..., Truth], floor_db: float) -> None:
    truth = make(width=160, frames=3, samples=64)
    seen = render_stack(
        truth.scene_linear,
        truth.disparity,
        focus_disparity=truth.focus_disparity,
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    mean_db = np.mean([psnr_db(a, b) for a, b in zip(seen, truth.frames_linear, strict=True)])
    assert mean_db > floor_db


@pytest.mark.parametrize(("kind", "floor_db"), [("soft", 43.1), ("noisy", 42.2)])
def test_maps_as_real_ones_are_do_little_harm(kind: str, floor_db: float) -> None:
    truth = traced_scene(reference("groundtruth/S1/S1.npz"))
    noise = np.random.default_rng(0).normal(0, 0.8 / truth.coc_px_per_disparity, truth.disparity.shape)
    maps = {"soft": cv2.GaussianBlur(truth.disparity, (0, 0), 1.2), "noisy": truth.disparity + noise}
    seen = render_focus(
        truth.scene_linear,
        maps[kind].astype(np.float32),
        focus_disparity=float(truth.focus_disparity[4]),
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    assert psnr_db(seen, truth.frames_linear[4]) > floor_db
