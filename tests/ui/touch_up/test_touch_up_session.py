from pathlib import Path

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.depth import Stroke, apply_strokes
from refocus.ui.app_context import AppContext
from refocus.ui.components.page_component import PageEvent
from refocus.ui.run.session_result import SessionResult
from refocus.ui.touch_up.touch_up_events import TouchUpSession
from refocus.ui.touch_up.touch_up_panel import read_strokes
from tests.ui.session_results import app_context, make_result, touch_up, write_photo

FIRST = Stroke("nearer", ((0.2, 0.2), (0.4, 0.2)), 0.05, 0.4)
SECOND = Stroke("farther", ((0.7, 0.8),), 0.05, 0.4)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    return app_context(tmp_path_factory.mktemp("folders"))


@pytest.fixture(scope="module")
def result(context: AppContext, tmp_path_factory: pytest.TempPathFactory) -> SessionResult:
    return make_result(context, write_photo(tmp_path_factory.mktemp("photo")), engine="thin-lens")


def test_the_depth_follows_the_strokes_as_the_library_does(result: SessionResult) -> None:
    session = TouchUpSession.start(result).with_strokes((FIRST, SECOND))
    scene = result.refocused.scene
    expected = apply_strokes(scene.disparity, scene.all_in_focus, [FIRST, SECOND])
    assert np.allclose(session.values[-1], expected.values, atol=1e-5)


def test_only_new_strokes_are_computed_and_undo_is_free(result: SessionResult) -> None:
    one = TouchUpSession.start(result).with_strokes((FIRST,))
    two = one.with_strokes((FIRST, SECOND))
    assert two.values[0] is one.values[0]
    assert two.with_strokes((FIRST,)).values == one.values
    assert one.with_strokes(()).values == ()
    other = two.with_strokes((SECOND,))
    assert not np.array_equal(other.values[0], one.values[0])


def test_a_stack_made_with_strokes_opens_with_them(context: AppContext, result: SessionResult) -> None:
    again = TouchUpSession.start(touch_up(context, result, (FIRST,)))
    assert again.strokes == (FIRST,)
    assert again.result.disparity_before_touch_up is result.refocused.scene.disparity
    view = again.view(3)
    assert (view.width, view.height, view.number, len(view.strokes)) == (96, 72, 3, 1)
    assert Path(view.depth.path).is_file()


def test_what_a_page_sends_is_checked() -> None:
    sent = PageEvent(None, {"strokes": [FIRST.to_json()], "number": 4})
    assert read_strokes(sent) == ((FIRST,), 4)
    for strokes, number in (([{"kind": "up"}], 1), (None, 1), ([FIRST.to_json()], "x"), (["a"], 1)):
        sent = PageEvent(None, {"strokes": strokes, "number": number})
        with pytest.raises(BadInput):
            read_strokes(sent)
