from pathlib import Path

import numpy as np
import pytest

from refocus.core.settings import Settings
from refocus.depth import estimate_disparity
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.ui.app_context import AppContext
from refocus.ui.folders import ResultFolders
from refocus.ui.photo.first_result import FOLDER, PHOTO, first_view, load_first_result
from refocus.ui.run.session_result import SessionResult
from tests.ui.session_results import app_context


@pytest.fixture
def stored(tmp_path: Path) -> SessionResult:
    result = load_first_result(app_context(tmp_path))
    assert result is not None
    return result


def test_it_is_whole_and_small(stored: SessionResult) -> None:
    view = first_view()
    assert view is not None
    height, width = stored.refocused.scene.all_in_focus.shape[:2]
    assert stored.refocused.stack.frames.shape == (9, height, width, 3)
    assert stored.refocused.scene.disparity.values.shape == (height, width)
    assert (view.width, view.height) == (width, height)
    assert sum(path.stat().st_size for path in (FOLDER / "view").iterdir()) < 500_000


def test_the_stored_picture_is_that_of_the_photo_in_focus(stored: SessionResult) -> None:
    photo = stored.refocused.photo.resized(1024).rgb
    assert np.abs(stored.refocused.scene.all_in_focus.astype(int) - photo).mean() < 6


def test_it_is_what_would_be_made_now(stored: SessionResult) -> None:
    """When this fails, depth estimation changed: run `python -m tests.make_first_result`."""
    now = estimate_disparity(Photo.open(PHOTO).resized(1024).rgb).values
    assert np.abs(now - stored.refocused.scene.disparity.values).mean() < 0.02 * np.ptp(now)
    nearest, farthest = np.percentile(now, (99.5, 0.5))
    assert stored.refocused.stack.focus_disparity == pytest.approx(np.linspace(nearest, farthest, 9), abs=0.05)


def test_it_uses_the_apps_settings(tmp_path: Path) -> None:
    pipeline = RefocusPipeline(Settings(engine="thin-lens", models=tmp_path / "weights"))
    result = load_first_result(AppContext(pipeline, ResultFolders(tmp_path)))
    assert result is not None
    assert result.refocused.finder is pipeline.finder
    assert result.values["engine"] == "thin-lens"
    assert tmp_path in result.extra_folder.parents
