import json
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.depth.strokes import MAX_STROKES, Stroke, parse_strokes, read_strokes

LINE = ((0.2, 0.3), (0.4, 0.5))


def test_a_stroke_survives_its_file(tmp_path: Path) -> None:
    strokes = (Stroke("nearer", LINE, 0.03, 0.5), Stroke("same", LINE[:1]))
    (tmp_path / "a.json").write_text(json.dumps({"strokes": [stroke.to_json() for stroke in strokes]}))
    assert read_strokes(tmp_path / "a.json") == strokes
    (tmp_path / "stack.json").write_text(json.dumps({"request": {"touch_up": [strokes[0].to_json()]}}))
    assert read_strokes(tmp_path / "stack.json") == strokes[:1]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "up"},
        {"points": []},
        {"points": [[0.1, 1.2]]},
        {"points": [[0.1, float("nan")]]},
        {"points": [[0.1]]},
        {"points": [["a", "b"]]},
        {"points": 3},
        {"radius": 0},
        {"radius": 0.5},
        {"strength": 2},
        {"strength": True},
        {"colour": 1},
    ],
)
def test_what_is_no_stroke_is_refused(values: dict) -> None:
    with pytest.raises(BadInput):
        Stroke.from_json({"kind": "nearer", "points": [[0.1, 0.2]], **values})


def test_files_that_hold_none_are_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"strokes": 1}', '{"strokes": [1]}', '{"request": {"touch_up": []}}', "\x00"):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(BadInput):
            read_strokes(tmp_path / "a.json")
    with pytest.raises(BadInput, match="does not exist"):
        read_strokes(tmp_path / "nothing.json")


def test_there_are_not_too_many() -> None:
    with pytest.raises(BadInput, match="too many"):
        parse_strokes([Stroke("nearer", LINE)] * (MAX_STROKES + 1))
