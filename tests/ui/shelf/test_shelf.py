from dataclasses import replace
from pathlib import Path

from refocus.ui.photo.first_result import first_made
from refocus.ui.run.session_result import Made
from refocus.ui.shelf.shelf import MOST, Shelved, shelf_view, shelved


def another(name: str) -> Made:
    made = first_made()
    assert made is not None
    return replace(made, wish=replace(made.wish, photo_path=name), folder=Path(name))


def test_a_new_photo_comes_in_front_and_a_new_stack_of_the_same_photo_takes_its_place() -> None:
    cat, dog, other_cat = another("cat"), another("dog"), another("cat")
    shelf, dropped = shelved((cat,), dog)
    assert (shelf, dropped) == ((dog, cat), ())
    shelf, dropped = shelved(shelf, other_cat)
    assert shelf == (other_cat, dog)
    assert dropped == (cat,)
    assert shelf_view(shelf, dog).shown == 1


def test_the_oldest_goes_when_it_is_full() -> None:
    shelf: Shelved = ()
    for number in range(MOST + 1):
        shelf, dropped = shelved(shelf, another(str(number)))
    assert len(shelf) == MOST
    assert [made.wish.photo_path for made in dropped] == ["0"]
