import json

import pytest

from refocus.core.user_text import json_text


def test_letters_stay_and_names_that_are_not_utf_8_come_back() -> None:
    values = {"file": "d\udcff.npy", "name": "猫"}
    text = json_text(values, indent=1)
    assert "猫" in text
    assert json.loads(text.encode("utf-8")) == values


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"far": float("inf")}, indent=1)
