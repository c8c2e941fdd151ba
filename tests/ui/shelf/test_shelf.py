from dataclasses import replace
from pathlib import Path

import pytest

from refocus.ui.photo.first_result import load_first_result
from refocus.ui.run.session_result import SessionResult
from refocus.ui.shelf.shelf import MAX_RESULTS, add_to_shelf, shelf_view
from tests.ui.session_results import app_context


@pytest.fixture
def stored(tmp_path: Path) -> SessionResult:
    result = load_first_result(app_context(tmp_path))
    assert result is not None
    return result


def test_a_new_photo_comes_first_and_a_new_stack_of_the_same_photo_replaces_the_old(stored: SessionResult) -> None:
    cat, dog, other_cat = (replace(stored, photo_path=name) for name in ("cat", "dog", "cat"))
    assert add_to_shelf((cat,), dog) == ((dog, cat), ())
    shelf, dropped = add_to_shelf((dog, cat), other_cat)
    assert shelf == (other_cat, dog)
    assert dropped == (cat,)
    assert shelf_view(shelf, dog).shown == 1


def test_the_oldest_is_dropped_when_it_is_full(stored: SessionResult) -> None:
    shelf: tuple[SessionResult, ...] = ()
    for number in range(MAX_RESULTS + 1):
        shelf, dropped = add_to_shelf(shelf, replace(stored, photo_path=str(number)))
    assert len(shelf) == MAX_RESULTS
    assert [result.photo_path for result in dropped] == ["0"]
