"""Aperture shapes and their blur kernels."""

import gc
from collections.abc import Callable
from dataclasses import replace
from weakref import ref

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.optics import APERTURE_NAMES, Aperture
from refocus.optics.lens.kernels import BlurKernels, blur_kernels

DIAMETERS_PX = (0.4, 1.0, 3.3, 17.5, 60.0)


def _second_moment(kernel: np.ndarray) -> float:
    half = kernel.shape[0] // 2
    place = np.arange(-half, half + 1)
    return float((kernel.astype(float).sum(axis=0) * place**2).sum())


@pytest.mark.parametrize("name", APERTURE_NAMES)
def test_kernels_keep_energy(name: str) -> None:
    kernels = BlurKernels(Aperture.named(name))
    for diameter in DIAMETERS_PX:
        assert kernels.kernel(diameter).sum() == pytest.approx(1.0, abs=1e-4)
        assert kernels.kernel(-diameter, for_lamps=True).sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("diameter", DIAMETERS_PX)
def test_circle_has_the_second_moment_of_a_disc(diameter: float) -> None:
    assert _second_moment(BlurKernels(Aperture()).kernel(diameter)) == pytest.approx(diameter**2 / 16, rel=0.01)


def test_kernel_for_lamps_is_nowhere_negative() -> None:
    assert BlurKernels(Aperture()).kernel(9.5, for_lamps=True).min() >= 0.0


@pytest.mark.parametrize("name", ["triangle", "heart", "pentagon", "star"])
def test_shape_is_upright_in_front_and_inverted_behind(name: str) -> None:
    kernels = BlurKernels(Aperture.named(name))
    in_front, behind = kernels.kernel(31.0), kernels.kernel(-31.0)
    np.testing.assert_allclose(behind, in_front[::-1, ::-1], atol=1e-6)
    assert np.abs(in_front - behind).max() > 0.1 * in_front.max()


def test_triangle_points_up_and_heart_points_down_in_front() -> None:
    for name, wide_below in (("triangle", True), ("heart", False)):
        width = (BlurKernels(Aperture.named(name)).kernel(61.0) > 1e-5).sum(axis=1)
        lit = np.nonzero(width)[0]
        upper, lower = width[lit[0] + 3], width[lit[-1] - 3]
        assert (lower > upper) == wide_below


def test_shapes_differ_from_each_other() -> None:
    kernels = {name: BlurKernels(Aperture.named(name)).kernel(41.0) for name in APERTURE_NAMES if name != "cat_eye"}
    names = list(kernels)
    for index, name in enumerate(names):
        for other in names[:index]:
            assert np.abs(kernels[name] - kernels[other]).sum() > 0.02, (name, other)


def test_rotation_turns_counter_clockwise() -> None:
    turned = BlurKernels(Aperture.named("oval", rotation_deg=90.0)).kernel(41.0)
    np.testing.assert_allclose(turned, BlurKernels(Aperture.named("oval")).kernel(41.0).T, atol=1e-4)


def test_roundness_makes_blades_a_circle() -> None:
    circle = BlurKernels(Aperture()).kernel(41.0)
    distance = [
        np.abs(BlurKernels(Aperture.named("pentagon", roundness=r)).kernel(41.0) - circle).sum() for r in (0, 0.5, 1)
    ]
    assert distance[0] > distance[1] > distance[2] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("donut", "ring"),
        ("Helios", "cat_eye"),
        ("Cat's eye", "cat_eye"),
        ("anamorphic", "oval"),
        (" Hexagon ", "hexagon"),
    ],
)
def test_common_names_are_understood(alias: str, name: str) -> None:
    assert Aperture.named(alias).name == name


def test_mask_is_cast_as_drawn() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 255  # open on the right
    kernel = BlurKernels(Aperture.from_mask(mask)).kernel(41.0)
    half = kernel.shape[1] // 2
    assert kernel[:, half + 1 :].sum() > 0.95
    assert BlurKernels(Aperture.from_mask(mask)).kernel(-41.0)[:, :half].sum() > 0.95


def test_mask_levels_count() -> None:
    mask = np.full((32, 32), 0.25, np.float32)
    mask[:16] = 1.0
    kernel = BlurKernels(Aperture.from_mask(mask)).kernel(41.0)
    assert kernel[: kernel.shape[0] // 2].sum() == pytest.approx(0.8, abs=0.03)


def test_cat_eye_is_round_in_the_centre_and_narrow_towards_a_corner() -> None:
    aperture = Aperture.named("cat_eye")
    centre = BlurKernels(aperture).kernel(41.0)
    np.testing.assert_allclose(centre, BlurKernels(Aperture()).kernel(41.0), atol=1e-6)
    corner = BlurKernels(aperture, off_axis=(1.0, 0.0)).kernel(41.0) > 1e-5
    assert corner.any(axis=1).sum() > 1.4 * corner.any(axis=0).sum()  # stands across the direction to the centre


def test_character_moves_light_to_the_rim_behind_and_to_the_centre_in_front() -> None:
    plain, bubble = BlurKernels(Aperture()), BlurKernels(Aperture(), character=1.0)
    assert _second_moment(bubble.kernel(-41.0)) > 1.05 * _second_moment(plain.kernel(-41.0))
    assert _second_moment(bubble.kernel(41.0)) < 0.95 * _second_moment(plain.kernel(41.0))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: Aperture.named("banana"), "banana"),
        (lambda: Aperture.named("hexagon", roundness=2.0), "roundness"),
        (lambda: Aperture.named("hexagon", rotation_deg=float("nan")), "rotation_deg"),
        (lambda: Aperture.from_mask(np.zeros((8, 8))), "mask"),
        (lambda: Aperture.from_mask(np.full((8, 8), np.nan)), "mask"),
        (lambda: Aperture.from_mask(np.ones((8, 8, 3))), "mask"),
        (lambda: Aperture.from_mask([[0, 1], [1]]), "mask"),  # type: ignore[arg-type]
        (lambda: Aperture.named(None), "none"),  # type: ignore[arg-type]
        (lambda: Aperture.named("heart", rotation_deg="left"), "rotation_deg"),  # type: ignore[arg-type]
        (lambda: Aperture.named("heart", roundness="very"), "roundness"),  # type: ignore[arg-type]
    ],
)
def test_bad_apertures_are_refused(call: Callable[[], object], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        call()


@pytest.mark.parametrize("name", ["circle", "triangle", "heart", "ring"])
def test_moment_kernels_tell_the_sides_of_the_lens_apart(name: str) -> None:
    kernels = BlurKernels(Aperture.named(name))
    for coc_px in (17.0, -17.0):
        kernel = kernels.kernel(coc_px)
        rows, columns = np.indices(kernel.shape) - kernel.shape[0] // 2
        column_spread = np.sqrt((kernel * columns**2).sum() - (kernel * columns).sum() ** 2)
        right, down = kernels.moment_kernels(coc_px)
        assert right.shape == down.shape == kernel.shape
        assert right.sum() == pytest.approx(0.0, abs=1e-4)
        assert down.sum() == pytest.approx(0.0, abs=1e-4)
        # A point nearer than the focus is seen to the right by the lens' right side, one behind it to the left.
        assert (right * columns).sum() == pytest.approx(np.sign(coc_px) * column_spread, rel=0.02)
        assert np.sign((down * rows).sum()) == np.sign(coc_px)


def test_moment_kernels_of_a_disc_by_hand() -> None:
    right, down = BlurKernels(Aperture()).moment_kernels(20.0)
    rows, columns = np.indices(right.shape) - right.shape[0] // 2
    assert (right * columns).sum() == pytest.approx(20.0 / 4, rel=0.01)  # a disc's deviation is half its radius
    assert (down * rows).sum() == pytest.approx(20.0 / 4, rel=0.01)
    assert (right * rows).sum() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("aperture", [Aperture(), Aperture.named("cat_eye"), Aperture.from_mask(np.eye(8))])
def test_kernels_are_shared_and_end_with_their_aperture(aperture: Aperture) -> None:
    aperture = replace(aperture)  # the test's own
    kept = [ref(blur_kernels(aperture, 0.0, (place / 20, 0.0))) for place in range(20)]
    assert blur_kernels(aperture, 0.0, (19 / 20, 0.0)) is kept[-1]()
    assert blur_kernels(aperture, 0.5, (19 / 20, 0.0)) is not kept[-1]()
    del aperture
    gc.collect()
    assert [kernels() for kernels in kept] == [None] * 20
