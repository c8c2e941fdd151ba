from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from refocus.core import BadInput, Disparity
from refocus.depth import Stroke, apply_strokes
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import RefocusRequest
from refocus.ui.run.background import Done
from refocus.ui.run.session_result import Made, Wish, make, make_touched
from refocus.ui.touch_up.touch_up_session import Touching
from refocus.ui.touch_up.touch_up_view import drawn_in

RGB = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
RAMP = Disparity(np.linspace(0, 1, 72 * 96, dtype=np.float32).reshape(72, 96), metric=False, source="made by hand")
FIRST = Stroke("nearer", ((0.2, 0.2), (0.4, 0.2)), 0.05, 0.4)
SECOND = Stroke("farther", ((0.7, 0.8),), 0.05, 0.4)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    wish = Wish("a.png", "thin-lens", RefocusRequest(frames=3))
    *_, last = make(RefocusPipeline(), wish, Photo(RGB, disparity=RAMP), tmp_path_factory.mktemp("made"), None)
    assert isinstance(last, Done)
    return last.result


def test_the_depth_follows_the_strokes_as_the_library_does(made: Made) -> None:
    touching = Touching.begun(made).drawn((FIRST, SECOND))
    expected = apply_strokes(made.result.scene.disparity, made.result.scene.all_in_focus, [FIRST, SECOND])
    assert np.allclose(touching.values[-1], expected.values, atol=1e-5)


def test_only_new_strokes_are_worked_out_and_undo_is_free(made: Made) -> None:
    one = Touching.begun(made).drawn((FIRST,))
    two = one.drawn((FIRST, SECOND))
    assert two.values[0] is one.values[0]
    assert two.drawn((FIRST,)).values == one.values
    assert one.drawn(()).values == ()
    other = two.drawn((SECOND,))
    assert not np.array_equal(other.values[0], one.values[0])


def test_a_stack_made_with_strokes_opens_with_them(made: Made, tmp_path: Path) -> None:
    *_, last = make_touched(made, (FIRST,), tmp_path)
    assert isinstance(last, Done)
    again = Touching.begun(last.result)
    assert again.strokes == (FIRST,)
    assert again.untouched is made.result.scene.disparity
    view = again.view(3)
    assert (view.width, view.height, view.number, len(view.strokes)) == (96, 72, 3, 1)
    assert Path(view.depth.path).is_file()


def test_what_a_page_sends_is_checked() -> None:
    sent: Any = SimpleNamespace(strokes=[FIRST.to_json()], number=4)
    assert drawn_in(sent) == ((FIRST,), 4)
    for strokes, number in (([{"kind": "up"}], 1), (None, 1), ([FIRST.to_json()], "x"), (["a"], 1)):
        sent = SimpleNamespace(strokes=strokes, number=number)
        with pytest.raises(BadInput):
            drawn_in(sent)
