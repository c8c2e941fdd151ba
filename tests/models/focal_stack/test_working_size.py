"""The working size of a photo."""

import json

import pytest

from refocus.core import BadInput
from refocus.models.focal_stack.working_size import MAX_PIXELS, working_size
from tests.reference import reference


def test_every_usable_row_of_the_kit() -> None:
    rows = json.loads(reference("parity/learn2refocus/sizes.json").read_text())
    usable = [row for row in rows if row["usable"]]
    assert len(usable) > 30
    for row in usable:
        assert working_size(row["width"], row["height"]) == (row["scaled_width"], row["scaled_height"])


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ((1024, 576), (960, 512)),  # 0.94 x 1024 = 962.56; 1.0 to 0.95 are still above half a megapixel
        ((700, 1920), (384, 1216)),  # the running sum, where 1 - 0.01 n would choose another scale
        ((64, 64), (64, 64)),
    ],
)
def test_published_rule(photo: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(*photo) == expected


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ((1, 1), (64, 64)),
        ((63, 500), (64, 448)),
        ((10, 64), (64, 384)),
        ((100_000, 100_000), (704, 704)),
        ((200_000, 100_000), (960, 448)),
        ((10, 1000), (64, 6400)),
        ((1_220, 10), (7808, 64)),
    ],
)
def test_photos_the_published_rule_cannot_take(photo: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(*photo) == expected


def test_sizes_are_always_usable() -> None:
    sides = (1, 5, 63, 64, 65, 127, 500, 1999, 7808, 30_000, 1_000_000)
    for width in sides:
        for height in sides:
            if max(width, height) > 122 * min(width, height):
                continue
            size = working_size(width, height)
            assert min(size) >= 64
            assert size[0] % 64 == size[1] % 64 == 0
            assert size[0] * size[1] <= MAX_PIXELS
            assert working_size(height, width) == size[::-1]


@pytest.mark.parametrize("photo", [(40_000, 10), (1, 123), (0, 100)])
def test_hopeless_photos_are_refused(photo: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match=f"{photo[0]}x{photo[1]}") as caught:
        working_size(*photo)
    assert caught.value.todo
