import pytest

from refocus.core import BadInput
from refocus.ui.controls.control_values import Chosen


def test_what_comes_from_the_browser_gets_its_own_kind() -> None:
    chosen = Chosen.of({"frames": 5.0, "blur": 0.4, "seed": None, "depth": "map.npy", "input_position": 3.0})
    assert chosen == Chosen(frames=5, blur=0.4, depth="map.npy", input_position=3)
    assert isinstance(chosen.frames, int)


def test_a_request_holds_what_the_engine_heeds() -> None:
    request = Chosen(frames=5, blur=0.4, seed=7).request(frozenset({"blur", "seed", "depth"}))
    assert (request.blur, request.seed, request.frames) == (0.4, 7, 9)
    with pytest.raises(BadInput):
        Chosen(frames=99).request(frozenset({"frames"}))


def test_an_address_sets_what_it_names_and_no_file() -> None:
    query = {"blur": "0.8", "sharp": "True", "frames": "17", "aperture": "heart", "depth": "/etc/passwd", "x": "y"}
    assert Chosen.from_query(query) == Chosen(blur=0.8, sharp=True, frames=17, aperture="heart")
    with pytest.raises(ValueError, match="many"):
        Chosen.from_query({"frames": "many"})


def test_a_prompt_goes_to_the_engine_that_heeds_them() -> None:
    chosen = Chosen.of({"restore": "the sign says OPEN"})
    assert chosen.request(frozenset({"restore"})).restore == "the sign says OPEN"
    assert chosen.request(frozenset()).restore is None
    assert Chosen.of({"restore": ""}).restore is None


def test_k_takes_the_place_of_the_strength() -> None:
    heeded = frozenset({"blur", "k"})
    request = Chosen.from_query({"k": "20", "blur": "0.8"}).request(heeded)
    assert (request.k, request.blur) == (20.0, None)
    assert Chosen.of({"k": None}).request(heeded).blur == 0.6
    assert Chosen.of({"k": ""}).request(heeded).blur == 0.6
    assert Chosen.of({"k": " 20,5 "}).request(heeded).k == 20.5
    for no_blur in (0, "0"):
        assert (Chosen.of({"k": no_blur}).request(heeded).k, Chosen.of({"k": no_blur}).request(heeded).blur) == (
            0,
            None,
        )
    with pytest.raises(BadInput, match="K = 'much' is not a number"):
        Chosen.of({"k": "much"})
    assert Chosen(k=20.0, blur=0.3).request(frozenset({"blur"})).blur == 0.3
