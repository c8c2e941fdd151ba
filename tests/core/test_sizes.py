import pytest

from refocus.core.sizes import fitted_size, megapixels, most_common_size


def test_the_longer_side_is_reduced_in_either_order() -> None:
    assert fitted_size((4000, 3000), 1000) == (1000, 750)
    assert fitted_size((3000, 4000), 1000) == (750, 1000)


def test_small_pictures_are_not_enlarged() -> None:
    assert fitted_size((40, 30), 1000) == (40, 30)


def test_no_side_falls_below_the_least() -> None:
    assert fitted_size((4000, 10), 100) == (100, 1)
    assert fitted_size((4000, 10), 100, min_side_px=8) == (100, 8)


def test_the_most_frequent_size_wins() -> None:
    assert most_common_size([(1, 2), (3, 4), (3, 4)]) == (3, 4)
    assert most_common_size([]) == (0, 0)


@pytest.mark.parametrize(
    ("pixels", "limit", "words"),
    [
        (50_331_648, 50_000_000, ("50.3", "50.0")),
        (900_000_000, 65_000_000, ("900", "65")),
        (8000, 7999, ("0.008000", "0.007999")),
        (65_000_001, 65_000_000, ("65.000001", "65.000000")),
    ],
)
def test_a_number_of_pixels_differs_from_its_limit(pixels: int, limit: int, words: tuple[str, str]) -> None:
    assert megapixels(pixels, limit) == words
