"""The files behind the viewer, without a browser."""

from pathlib import Path

import numpy as np
import pytest
from gradio.data_classes import FileData
from PIL import Image

from refocus.core import BadInput, Disparity, FocalStack, stack_focus_disparity
from refocus.media import Camera
from refocus.results import RefocusRequest
from refocus.results.blur_amount import blur_slope
from refocus.ui.viewer.focus_viewer import FocusView, FocusViewer, draft_value, photo_value, viewer_value, with_still
from refocus.ui.viewer.preview_look import PreviewLook


def _stack(frames: int, height: int = 40, width: int = 60) -> FocalStack:
    shades = np.linspace(10, 240, frames).astype(np.uint8)
    pictures = np.broadcast_to(shades[:, None, None, None], (frames, height, width, 3)).copy()
    return FocalStack(pictures, stack_focus_disparity(1.0, 0.0, frames))


def _ramp(height: int = 40, width: int = 60) -> Disparity:
    return Disparity(np.tile(np.linspace(1, 0, width, dtype=np.float32), (height, 1)), metric=False, source="test")


def picture(file: FileData | None) -> Image.Image:
    assert file is not None
    return Image.open(file.path)


@pytest.mark.parametrize("frames", [3, 9, 33])
def test_every_frame_becomes_a_file_in_order(tmp_path: Path, frames: int) -> None:
    view = viewer_value(_stack(frames), _ramp(), tmp_path)
    means = [np.asarray(Image.open(file.path)).mean() for file in view.frames]
    assert len(means) == frames
    np.testing.assert_allclose(means, np.linspace(10, 240, frames), atol=3)


def test_the_map_tells_where_each_pixel_is_sharp(tmp_path: Path) -> None:
    view = viewer_value(_stack(5), _ramp(), tmp_path)
    codes = np.asarray(picture(view.sharpest))
    assert codes.shape == (40, 60)
    codes_a_frame = 63  # 255 // (5 - 1)
    np.testing.assert_allclose(codes[0] / codes_a_frame, np.linspace(0, 4, 60), atol=0.01)


@pytest.mark.parametrize("frames", [3, 9, 33])
def test_the_map_is_exact_at_every_frame(tmp_path: Path, frames: int) -> None:
    stack = _stack(frames, 4, frames)
    disparity = Disparity(np.tile(stack.focus_disparity, (4, 1)), metric=False, source="test")
    codes = np.asarray(picture(viewer_value(stack, disparity, tmp_path).sharpest))
    assert (codes[0] / (255 // (frames - 1))).tolist() == list(range(frames))


def test_large_frames_are_shown_at_one_and_a_half_megapixels(tmp_path: Path) -> None:
    view = viewer_value(_stack(3, 1600, 2400), _ramp(1600, 2400), tmp_path)
    assert view.width * view.height <= 1_500_000
    assert view.width / view.height == pytest.approx(1.5, abs=0.01)
    assert Image.open(view.frames[0].path).size == (view.width, view.height)
    assert max(picture(view.sharpest).size) == 512


def test_busy_frames_at_1024_px_stay_under_a_megabyte_by_lower_quality(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(60, 196, (170, 256), dtype=np.uint8)
    busy = np.asarray(Image.fromarray(noise).resize((1024, 683), Image.Resampling.BICUBIC).convert("RGB"))
    stack = FocalStack(np.repeat(busy[None], 9, axis=0), stack_focus_disparity(1.0, 0.0, 9))
    view = viewer_value(stack, _ramp(683, 1024), tmp_path, photo_srgb=busy)
    best = tmp_path / "best.webp"
    Image.fromarray(busy).save(best, quality=80, method=0)
    assert 10 * best.stat().st_size > 1_000_000
    assert sum((file.size or 0) for file in [*view.frames, view.photo, view.sharpest] if file is not None) < 1_000_000


def test_the_slider_starts_at_what_stands_in_front_in_the_middle(tmp_path: Path) -> None:
    values = np.zeros((40, 60), np.float32)
    values[10:30, 20:40] = 0.75
    view = viewer_value(_stack(5), Disparity(values, metric=False, source="test"), tmp_path)
    assert view.position == pytest.approx(1.0)
    assert viewer_value(_stack(5), _ramp(), tmp_path, 2.5).position == 2.5


def test_a_still_changes_nothing_else(tmp_path: Path) -> None:
    view = viewer_value(_stack(3), _ramp(), tmp_path)
    finer = with_still(view, np.full((80, 120, 3), 99, np.uint8), 1.25, tmp_path)
    assert finer.still is not None
    assert picture(finer.still.picture).size == (120, 80)
    assert finer.still.position == 1.25
    assert (finer.frames, finer.sharpest) == (view.frames, view.sharpest)


def test_a_photo_alone_has_no_frames_yet(tmp_path: Path) -> None:
    view = photo_value(np.full((40, 60, 3), 99, np.uint8), tmp_path)
    assert (view.frames, view.frames_to_come, view.sharpest) == ([], 0, None)
    assert picture(view.photo).size == (60, 40)


def test_a_draft_tells_where_each_pixel_will_be_sharp(tmp_path: Path) -> None:
    photo, ramp, focus = np.full((40, 60, 3), 99, np.uint8), _ramp(), stack_focus_disparity(1.0, 0.0, 5)
    look = PreviewLook.of(ramp, (1.0, 0.0), Camera(), RefocusRequest(blur=0.5))
    view = draft_value(photo, ramp, focus, tmp_path / "draft", 1.5, look=look, scene="a")
    final = viewer_value(_stack(5), ramp, tmp_path / "final", look=look, scene="a")
    assert (view.frames_to_come, view.position) == (5, 1.5)
    assert (np.asarray(picture(view.sharpest)) == np.asarray(picture(final.sharpest))).all()
    assert (view.blur, view.blur_span) == pytest.approx((0.5, 0.06))


@pytest.mark.parametrize("amount", [{"blur": 0.3}, {"f_number": 2.8}, {"k": 4.0}])
def test_the_look_of_a_preview_has_the_blur_of_the_frames(amount: dict[str, float]) -> None:
    ramp, request = _ramp(), RefocusRequest(**amount)  # type: ignore[arg-type]
    look = PreviewLook.of(ramp, (0.9, 0.2), Camera(), request)
    slope = blur_slope(ramp, Camera(), amount=request.blur_amount).coc_px_per_disparity
    assert look.blur * look.blur_span * 60 == pytest.approx(slope * 0.7)


@pytest.mark.parametrize(
    ("frames", "position", "map_width"),
    [(2, 0.0, 60), (34, 0.0, 60), (5, 4.5, 60), (5, -0.1, 60), (5, 0.0, 61)],
)
def test_what_cannot_be_shown_is_refused(tmp_path: Path, frames: int, position: float, map_width: int) -> None:
    shades = np.zeros((frames, 40, 60, 3), np.uint8)
    stack = FocalStack(shades, np.linspace(1, 0, frames, dtype=np.float32))
    with pytest.raises(BadInput):
        viewer_value(stack, _ramp(40, map_width), tmp_path, position)


def test_the_api_describes_the_view() -> None:
    schema = FocusViewer(render=False).api_info()
    assert set(schema["properties"]) == set(FocusView.model_fields)
    assert all("description" in field for field in schema["properties"].values())


def test_the_page_side_names_the_focus_event() -> None:
    assert 'trigger("focus"' in (FocusViewer(render=False).js_on_load or "")
    assert callable(FocusViewer(render=False).focus)


@pytest.mark.parametrize("mark", ["${", "{{", "`", "\\"])
def test_templates_hold_nothing_gradio_would_evaluate(mark: str) -> None:
    viewer = FocusViewer(render=False)
    assert mark not in viewer.html_template + viewer.css_template
