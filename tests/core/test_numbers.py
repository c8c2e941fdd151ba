"""Checks of single values."""

import pytest

from refocus.core import BadInput
from refocus.core.numbers import real


def test_a_whole_number_of_hundreds_of_digits_is_out_of_range() -> None:
    for value in (10**400, -(10**400)):
        with pytest.raises(BadInput, match="Give a number, 0 to 5"):
            real("strength", value, 0, 5)
