from refocus.core.sizes import fitted_size, most_common_size


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
