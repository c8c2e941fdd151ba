from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refocus.depth import Stroke
from refocus.ui.run.kept_stack import KeptStack
from tests.ui.session_results import app_context, make_result, touch_up, write_photo

STROKE = Stroke("nearer", ((0.5, 0.5),), 0.2, 0.5)


def test_a_released_stack_comes_back_as_it_was(tmp_path: Path) -> None:
    context, photo = app_context(tmp_path), write_photo(tmp_path)
    result = touch_up(context, make_result(context, photo), (STROKE,))
    before, untouched = result.kept.whole()
    assert result.kept.release()
    assert not result.kept.release()
    again, untouched_again = result.kept.whole()
    assert again is not before
    assert untouched is not None
    assert untouched_again is not None
    for one, other in (
        (before.photo.rgb, again.photo.rgb),
        (before.stack.frames, again.stack.frames),
        (before.scene.all_in_focus, again.scene.all_in_focus),
        (before.scene.disparity.values, again.scene.disparity.values),
        (untouched.values, untouched_again.values),
    ):
        np.testing.assert_array_equal(one, other)
    assert again.metadata() == before.metadata()
    assert again.photo.path == before.photo.path


def test_the_photo_of_a_stack_of_photos_is_no_file_of_its_own(tmp_path: Path) -> None:
    context, photo = app_context(tmp_path), write_photo(tmp_path)
    made = make_result(context, photo).refocused
    captured = replace(made, engine="captured", photo=replace(made.photo, rgb=255 - made.photo.rgb))
    kept = KeptStack(captured, None, tmp_path / "new" / "stack.npz")
    kept.release()
    np.testing.assert_array_equal(kept.whole()[0].photo.rgb, captured.photo.rgb)


def test_on_a_full_disk_it_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kw: object) -> None:
        raise OSError(28, "No space left on device")

    context, photo = app_context(tmp_path), write_photo(tmp_path)
    result = make_result(context, photo)
    monkeypatch.setattr(np, "savez", full)
    before = result.refocused
    assert not result.kept.release()
    assert result.refocused is before
