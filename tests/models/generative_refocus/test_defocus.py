import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from refocus.core import BadInput
from refocus.models import defocus_map, focus_disparity
from refocus.models.generative_refocus.token_grid import fit_photo
from tests.models.depth_maps import disparity_from_depth

VARIANTS = [
    "mask",
    "mask_grey",
    "mask_empty",
    "point",
    "point_outside",
    "centre",
    "bad_depth",
    "same_size",
    "saturated",
    "point_resized_input",
    "k_zero",
]


@pytest.fixture(scope="module")
def recorded(kit: Path) -> Any:
    folder = kit / "cases" / "defocus_map"
    case = json.loads((folder / "case.json").read_text())
    variants = {variant["name"]: variant for variant in case["variants"]}
    return folder, variants, load_file(folder / "tensors.safetensors")


def test_no_recorded_variant_is_left_out(recorded: Any) -> None:
    assert sorted(recorded[1]) == sorted(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_disparity_focus_and_map_are_as_recorded(recorded: Any, name: Any) -> None:
    folder, variants, tensors = recorded
    variant = variants[name]
    photo = Image.open(folder / "input.png")
    if variant["long_side"] == 0:
        assert fit_photo(photo).size == (variant["width"], variant["height"])
    disparity = disparity_from_depth(np.load(folder / variant["depth"]), variant["width"], variant["height"])
    asked = variant["focus"] if isinstance(variant["focus"], dict) else {}
    mask = np.asarray(Image.open(folder / asked["mask"])) if "mask" in asked else None
    focus = focus_disparity(disparity, asked.get("point_xy_input_image"), mask, point_size=photo.size)
    rough = name == "bad_depth"
    np.testing.assert_allclose(disparity, tensors[variant["disparity"]], rtol=0, atol=2e-5 if rough else 5e-6)
    assert focus == pytest.approx(variant["disp_focus"], abs=5e-6)
    blur = defocus_map(disparity, focus, variant["k"])
    assert blur.dtype == np.float32
    np.testing.assert_allclose(blur, tensors[variant["map"]][0], rtol=0, atol=1e-5 if rough else 2e-6)


def test_map_by_hand() -> (
    None
):  # k 20: 1 diopter off is a radius of 20 px of 100; 10 diopters off is more than the map can say
    np.testing.assert_allclose(defocus_map([2.0, 1.0, 3.0, 12.0], 2.0, 20.0), [0.0, 0.2, 0.2, 1.0], atol=1e-7)


def test_mask_wins_over_point_and_point_over_centre() -> None:
    disparity = np.arange(25, dtype=np.float32).reshape(5, 5)
    mask = np.zeros((5, 5), bool)
    mask[0, :3] = True
    assert focus_disparity(disparity, (4, 4), mask) == 1.0
    assert focus_disparity(disparity, (4, 3)) == 19.0
    assert focus_disparity(disparity) == 12.0


def test_a_mask_of_an_even_count_takes_the_middle_of_the_two_middle_values() -> None:
    assert focus_disparity([[1.0, 3.0, 10.0, 20.0]], mask=[[1, 1, 0, 0]]) == 2.0


@pytest.mark.parametrize("k", [-1.0, float("nan"), float("inf")])
def test_impossible_k_is_refused(k: Any) -> None:
    with pytest.raises(BadInput) as caught:
        defocus_map([1.0], 1.0, k)
    assert "k" in caught.value.message
    assert caught.value.todo


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_holes_in_a_map_are_refused(bad: Any) -> None:
    holes = np.array([[1.0, bad]])
    with pytest.raises(BadInput):
        defocus_map(holes, 1.0, 10.0)
    with pytest.raises(BadInput):
        focus_disparity(holes)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (0, 4)])
def test_maps_of_other_shapes_are_refused(shape: Any) -> None:
    with pytest.raises(BadInput):
        focus_disparity(np.zeros(shape))


def test_a_point_that_is_no_place_is_refused() -> None:
    with pytest.raises(BadInput):
        focus_disparity(np.zeros((4, 4)), (float("nan"), 1))
