import pytest

from refocus.core import EngineNotReady
from refocus.models.cards import memory_table, mode_named
from refocus.models.focal_stack.memory import MODES


def test_the_table_says_which_card_each_mode_fits() -> None:
    *_, lean, large = memory_table([("lean", 11.94), ("large", 30.0)]).splitlines()
    assert lean == "| lean | 11.9 | yes | yes | yes | yes |"
    assert large == "| large | 30.0 | no | no | no | yes |"


def test_a_mode_is_found_by_name_or_the_names_are_told() -> None:
    assert mode_named("offload", MODES, "It") is MODES[1]
    with pytest.raises(EngineNotReady, match="It cannot be held as 'tiny' here") as caught:
        mode_named("tiny", MODES, "It")
    assert "fast; offload; small" in caught.value.todo
