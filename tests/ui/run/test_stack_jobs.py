import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Cancelled
from refocus.core.settings import Settings
from refocus.depth import Stroke
from refocus.pipeline import RefocusPipeline
from refocus.ui.app_context import AppContext
from refocus.ui.folders import ResultFolders
from refocus.ui.run.session_result import SessionResult, write_session_result
from refocus.ui.run.stack_jobs import refocus_photo, refocus_photo_stack
from tests.ui.session_results import HEIGHT, WIDTH, app_context, job, make_result, touch_up, values_for, write_photo

STROKE = Stroke("nearer", ((0.1, 0.1), (0.3, 0.1)), 0.05, 1.0)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    return app_context(tmp_path_factory.mktemp("folders"))


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photo(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def result(context: AppContext, photo: Path) -> SessionResult:
    return make_result(context, photo)


def test_the_view_and_a_thumbnail_are_written_inside_the_folder(result: SessionResult) -> None:
    for file in (*result.view.frames, result.view.photo, result.view.sharpest):
        assert file is not None
        assert result.folder in Path(file.path).resolve().parents
    assert len(result.view.frames) == 3
    assert result.thumbnail.is_file()
    assert result.extra_folder.parent == result.folder
    assert result.file_stem == "a_cat"


def test_drafts_are_made_of_the_photo_then_of_the_picture_in_which_all_is_sharp(
    context: AppContext, photo: Path
) -> None:
    updates = list(refocus_photo(context, str(photo), values_for(photo, blur=0.5, aperture="heart"), None, job()))
    first, sharper = (update.preview for update in updates if update.preview is not None)
    finished = updates[-1].result
    assert finished is not None
    assert (first.all_in_focus, sharper.photo) == (None, first.photo)
    assert sharper.all_in_focus is not None
    for draft in (first, sharper):
        assert (draft.frames, draft.frames_to_come, draft.blur, draft.aperture) == ([], 3, 0.5, "heart")
        assert (draft.scene, draft.blur_span) == (finished.view.scene, pytest.approx(finished.view.blur_span))
    assert (sharper.position, sharper.subject) == (pytest.approx(finished.view.position), finished.view.subject)


def test_a_draft_with_rough_depth_comes_first_from_files_of_its_own(context: AppContext, photo: Path) -> None:
    updates = list(refocus_photo(context, str(photo), values_for(photo, depth=None), None, job()))
    rough, better, sharper = (update.preview for update in updates if update.preview is not None)
    finished = updates[-1].result
    assert finished is not None
    assert rough.sharpest is not None
    assert better.sharpest is not None
    assert rough.sharpest.path != better.sharpest.path
    assert (rough.subject, bool(better.subject)) == ("", True)
    assert (rough.scene, better.scene, sharper.sharpest) == (finished.view.scene, finished.view.scene, better.sharpest)
    assert finished.view.sharpest is not None
    assert np.array_equal(_codes(better.sharpest.path), _codes(finished.view.sharpest.path))


def _codes(path: str) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_another_look_of_the_same_scene_sends_no_draft(context: AppContext, photo: Path, result: SessionResult) -> None:
    (update,) = refocus_photo(context, str(photo), values_for(photo, blur=1.0), result, job())
    assert update.result is not None
    assert update.result.view.scene == result.view.scene


def test_the_viewer_starts_where_the_photo_itself_was_focused(result: SessionResult, tmp_path: Path) -> None:
    known = replace(result.refocused, photo_focus=float(result.refocused.stack.focus_disparity[1]))
    again = write_session_result(result.source, result.values, known, tmp_path)
    assert (again.view.position, again.view.subject) == (pytest.approx(1.0), "photo")
    assert result.view.position != pytest.approx(1.0)


@pytest.mark.parametrize("stop_at", [0.0, 0.5])
def test_a_stopped_job_leaves_no_folder_behind(photo: Path, tmp_path: Path, stop_at: float) -> None:
    context = app_context(tmp_path)
    before = set(context.folders.root.iterdir())
    with pytest.raises(Cancelled):
        list(refocus_photo(context, str(photo), values_for(photo, frames=33), None, job(stop_at)))
    wait_until_empty(context, before)


def test_a_failed_job_leaves_no_folder_behind(photo: Path, tmp_path: Path) -> None:
    context = app_context(tmp_path)
    before = set(context.folders.root.iterdir())
    (tmp_path / "broken.png").write_text("no picture")
    with pytest.raises(BadInput):
        list(refocus_photo(context, str(tmp_path / "broken.png"), values_for(photo), None, job()))
    with pytest.raises(BadInput):
        list(refocus_photo_stack(context, [str(photo)], values_for(photo), job()))
    wait_until_empty(context, before)


def test_a_page_that_is_closed_leaves_no_folder_behind(photo: Path, tmp_path: Path) -> None:
    context = app_context(tmp_path)
    before = set(context.folders.root.iterdir())
    updates = refocus_photo(context, str(photo), values_for(photo), None, job())
    next(updates)
    updates.close()
    wait_until_empty(context, before)


def wait_until_empty(context: AppContext, before: set[Path]) -> None:
    """Wait until the job's thread has removed its folder; fails after a minute."""
    end = time.monotonic() + 60
    while set(context.folders.root.iterdir()) > before:
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def test_strokes_make_a_new_stack_and_stay_when_only_the_look_changes(
    context: AppContext, photo: Path, result: SessionResult
) -> None:
    touched = touch_up(context, result, (STROKE,))
    assert touched.untouched is result.refocused.scene.disparity
    assert touched.refocused.request.touch_up == (STROKE,)
    stronger = make_result(context, photo, touched, blur=1.0)
    assert stronger.refocused.request.touch_up == (STROKE,)
    assert np.allclose(stronger.refocused.scene.disparity.values, touched.refocused.scene.disparity.values, atol=1e-5)
    again = touch_up(context, stronger, ())
    assert again.untouched is None
    assert np.allclose(again.refocused.scene.disparity.values, result.refocused.scene.disparity.values)


def test_the_same_scene_is_not_estimated_again(context: AppContext, photo: Path, result: SessionResult) -> None:
    again = make_result(context, photo, result, blur=1.0)
    assert again.refocused.scene.disparity.values is result.refocused.scene.disparity.values
    assert (again.refocused.stack.frames != result.refocused.stack.frames).any()


@pytest.mark.parametrize(
    "given", [{"depth": "other.npy"}, {"depth_source": "built-in"}, {"long_side": 80}, {"sharp": True}]
)
def test_another_depth_or_size_is_another_scene(photo: Path, result: SessionResult, given: dict[str, object]) -> None:
    assert result.is_scene_of(str(photo), values_for(photo, blur=0.1))
    assert not result.is_scene_of("dog.jpg", values_for(photo))
    assert not result.is_scene_of(str(photo), values_for(photo, **given))


def test_its_settings_name_the_engine_that_ran_and_the_depth_map(result: SessionResult) -> None:
    assert result.settings().engine == "thin-lens"
    assert (result.settings().depth_file, result.settings().depth_is) == ("depth.npy", "disparity")


def test_k_is_the_blur_of_the_users_own_stack_too(tmp_path: Path) -> None:
    context = app_context(tmp_path)
    photos = []
    for index in range(3):
        rgb = np.random.default_rng(5).integers(0, 255, (96, 128, 3)).astype(np.uint8)
        Image.fromarray(rgb).resize((64 - 8 * index, 48 - 6 * index)).resize((128, 96)).save(
            path := tmp_path / f"{index}.png"
        )
        photos.append(str(path))
    *_, last = refocus_photo_stack(context, photos, values_for(Path(photos[0]), k="30"), job())
    assert last.result is not None
    assert last.result.refocused.request.k == 30.0


def test_a_preview_outlives_the_result_it_was_made_for(context: AppContext, photo: Path, tmp_path: Path) -> None:
    heic = tmp_path / "photo.tiff"
    Image.open(photo).save(heic)
    values_photo = write_photo(tmp_path)
    heic = heic.rename(values_photo.with_suffix(".tiff"))
    first = make_result(context, heic)
    second = make_result(context, heic, first, blur=0.9)
    context.folders.remove(first.folder)
    assert second.photo_preview is not None
    assert second.photo_preview.is_file()


def test_the_limit_on_pixels_holds_for_a_depth_map(photo: Path, tmp_path: Path) -> None:
    limited = AppContext(RefocusPipeline(Settings(max_pixels=WIDTH * HEIGHT)), ResultFolders(tmp_path))
    np.save(tmp_path / "large.npy", np.ones((2 * HEIGHT, 2 * WIDTH), np.float32))
    with pytest.raises(BadInput, match="too large a map"):
        list(refocus_photo(limited, str(photo), values_for(photo, depth=str(tmp_path / "large.npy")), None, job()))
