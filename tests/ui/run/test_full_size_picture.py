from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refocus.core import silent
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehRequest
from refocus.results.media_export import still_picture
from refocus.ui.run import full_size_picture as module
from refocus.ui.run.full_size_picture import full_size_picture, kept_full_size, limit_full_size
from refocus.ui.run.session_result import SessionResult
from tests.ui.session_results import app_context, make_result, write_photo


@pytest.fixture
def result(tmp_path: Path) -> SessionResult:
    return make_result(app_context(tmp_path), write_photo(tmp_path))


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[BokehRequest]:
    """What has been rendered."""
    requests: list[BokehRequest] = []

    def noted(refocused: Any, request: BokehRequest, progress: Any) -> Any:
        requests.append(request)
        return still_picture(refocused, request, progress)

    monkeypatch.setattr(module, "still_picture", noted)
    return requests


def test_one_state_is_rendered_once(result: SessionResult, rendered: list[BokehRequest]) -> None:
    first = full_size_picture(result, BokehRequest(position=1.0), silent)
    again = full_size_picture(result, BokehRequest(position=1.0), silent)
    assert (again == first).all()
    assert len(rendered) == 1


def test_only_what_was_rendered_is_kept(result: SessionResult) -> None:
    assert kept_full_size(result, BokehRequest(position=1.0)) is None
    picture = full_size_picture(result, BokehRequest(position=1.0), silent)
    kept = kept_full_size(result, BokehRequest(position=1.0))
    assert kept is not None
    assert (kept == picture).all()
    assert kept_full_size(result, BokehRequest(position=0.0)) is None


@pytest.mark.parametrize("other", [{"position": 0.0}, {"aperture": "heart"}, {"blur_amount": BlurAmount("blur", 0.2)}])
def test_another_state_is_another_picture(
    result: SessionResult, rendered: list[BokehRequest], other: dict[str, Any]
) -> None:
    first = full_size_picture(result, BokehRequest(position=1.0), silent)
    second = full_size_picture(result, BokehRequest(**{"position": 1.0, **other}), silent)
    assert len(rendered) == 2
    assert np.abs(first.astype(int) - second).max() > 0


def test_a_session_keeps_the_latest_within_its_limit(
    tmp_path: Path, result: SessionResult, rendered: list[BokehRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_result(app_context(tmp_path), write_photo(tmp_path, "a dog"))
    for stack, position in ((result, 0.0), (result, 1.0), (other, 2.0)):
        full_size_picture(stack, BokehRequest(position=position), silent)
    bytes_each = max(path.stat().st_size for path in result.extra_folder.glob("full_size_*.png"))
    monkeypatch.setattr(module, "_MOST_BYTES", 2.5 * bytes_each)
    limit_full_size((result, other, result))
    for stack, position in ((other, 2.0), (result, 1.0)):
        full_size_picture(stack, BokehRequest(position=position), silent)
    assert len(rendered) == 3
    full_size_picture(result, BokehRequest(position=0.0), silent)
    assert len(rendered) == 4
    monkeypatch.setattr(module, "_MOST_BYTES", 0)
    limit_full_size((result, other))
    full_size_picture(result, BokehRequest(position=0.0), silent)
    assert len(rendered) == 4
