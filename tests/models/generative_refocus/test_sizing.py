import json

import numpy as np
import pytest
from PIL import Image

from refocus.models.generative_refocus import fit_photo, working_size


def test_the_recorded_table_of_sizes(kit):
    table = json.loads((kit / "resize" / "sizes.json").read_text())
    found = [working_size(*row["in_wh"], row["long_side"]) for row in table]
    assert found == [tuple(row["out_wh"]) for row in table]


@pytest.mark.parametrize("long_side", [0, 150, 171])
def test_the_recorded_pictures_agree_to_one_grey_level(kit, long_side):
    fitted = fit_photo(Image.open(kit / "resize" / "input_203x149.png"), long_side)
    expected = Image.open(kit / "resize" / f"long_side_{long_side}.png")
    assert fitted.size == expected.size
    assert np.abs(np.asarray(fitted, int) - np.asarray(expected, int)).max() <= 1


@pytest.mark.parametrize("long_side", [0, 64, 100, 333])
@pytest.mark.parametrize("size", [(64, 64), (65, 200), (16, 999), (999, 17)])
def test_sides_are_multiples_of_16_and_the_picture_has_the_promised_size(size, long_side):
    width, height = working_size(*size, long_side)
    assert width % 16 == height % 16 == 0
    assert min(width, height) >= 16
    assert fit_photo(Image.new("RGB", size), long_side).size == (width, height)


def test_a_fitting_photo_is_left_alone():
    photo = Image.new("RGB", (96, 64))
    assert fit_photo(photo) is photo
