import threading

import pytest

from refocus.core import Cancelled
from refocus.models.runtime.shared_model import ModelSlot


def never() -> str:
    raise AssertionError("loaded again")


def never_wait() -> None:
    raise AssertionError("the model is free")


def test_a_model_is_loaded_once_and_again_for_another_key() -> None:
    slot: ModelSlot[str] = ModelSlot()
    assert slot.model is None
    assert slot.get_or_load("a", lambda: "first") == "first"
    assert slot.get_or_load("a", never) == "first"
    assert slot.get_or_load("b", lambda: "second") == "second"
    assert slot.model == "second"


def test_a_failed_load_leaves_no_half_loaded_model() -> None:
    slot: ModelSlot[str] = ModelSlot()
    slot.get_or_load("a", lambda: "first")
    with pytest.raises(AssertionError):
        slot.get_or_load("b", never)
    assert slot.model is None
    assert slot.get_or_load("a", lambda: "again") == "again"


def test_one_run_at_a_time_and_a_waiting_run_can_be_cancelled() -> None:
    slot: ModelSlot[str] = ModelSlot()
    asked = threading.Event()

    def give_up() -> None:
        asked.set()
        raise Cancelled

    with slot.exclusive(never_wait):
        with pytest.raises(Cancelled), slot.exclusive(give_up):
            raise AssertionError("two at once")
        assert asked.is_set()
    with slot.exclusive(never_wait):
        pass  # the turn was given back
