import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, silent
from refocus.engines.registry import Choice, choose_engine
from refocus.media import Photo, write_frames_video, zip_files
from refocus.pipeline import RefocusPipeline
from refocus.ui.compare.compare_choices import CompareRequest
from refocus.ui.compare.comparison_viewer import compared_photo_view
from refocus.ui.compare.run_comparison import ComparisonResult, imported_entries, run_comparison
from tests.compare.comparisons import grey_stack, small_comparison
from tests.evaluate.pictures import blurred_stack, textured, write_stack


@pytest.fixture
def photo(tmp_path: Path) -> str:
    return picture(tmp_path / "wall.png", 0)


def picture(path: Path, seed: int) -> str:
    Image.fromarray(textured(seed, 96, 128)).save(path)
    return str(path)


def compared(request: CompareRequest, folder: Path) -> ComparisonResult:
    return run_comparison(RefocusPipeline(), request, folder, silent)


def request(*photos: str, **given: Any) -> CompareRequest:
    return CompareRequest(photos, **{"engines": ("thin-lens",), "long_side": 96, **given})


def test_a_comparison_has_views_a_grid_a_video_and_details(photo: str, tmp_path: Path) -> None:
    video = tmp_path / "theirs.mp4"
    write_frames_video(video, grey_stack(5, 64, 96))
    made = compared(request(photo, engines=("thin-lens", "video-diffusion"), imported=(str(video),)), tmp_path / "made")
    (row,) = made.view.photos
    assert (row.name, row.ratio) == ("wall", pytest.approx(128 / 96))
    assert [entry.view is not None for entry in row.entries] == [True, False, True]
    assert "cannot run here" in row.entries[1].why
    assert row.entries[2].label == "theirs"
    assert Image.open(made.grid).size[0] > 1000
    assert made.video.stat().st_size > 1000
    assert (made.finished, made.requested) == (2, 3)
    (details,) = json.loads(json.dumps(made.details))
    assert [column["label"] for column in details["columns"]] == ["Thin lens", "Video diffusion", "theirs"]
    assert details["columns"][0]["made"]["request"]["blur"] == 0.6


def test_each_photo_is_decoded_once_and_the_engine_chosen_once(
    photo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    chosen: list[str] = []

    def open_photo(path: Path, **options: Any) -> Photo:
        opened.append(str(path))
        return real_open(path, **options)

    def choose(engines: Any, name: str) -> Choice:
        chosen.append(name)
        return choose_engine(engines, name)

    real_open = Photo.open
    monkeypatch.setattr(Photo, "open", open_photo)
    monkeypatch.setattr("refocus.pipeline.choose_engine", choose)
    other = picture(tmp_path / "floor.png", 1)
    compared(request(photo, other, engines=("auto",), blurs=(0.2, 0.8)), tmp_path / "made")
    assert opened == [photo, other]
    assert chosen == ["auto"]


def test_a_damaged_photo_has_its_reason_and_the_others_run(photo: str, tmp_path: Path) -> None:
    damaged = tmp_path / "cut.png"
    damaged.write_bytes(Path(photo).read_bytes()[:4000])
    made = compared(request(photo, str(damaged)), tmp_path / "made")
    wall, cut = made.view.photos
    assert wall.entries[0].view is not None
    assert "cut.png is damaged" in cut.entries[0].why


def test_several_photos_each_have_a_row_with_what_is_theirs(photo: str, tmp_path: Path) -> None:
    other = picture(tmp_path / "floor.png", 1)
    Image.fromarray(textured(2, 96, 128)[..., 0]).save(tmp_path / "floor_map.png")
    write_frames_video(tmp_path / "wall.mp4", grey_stack(5, 64, 96))
    asked = request(photo, other, depths=(str(tmp_path / "floor_map.png"),), imported=(str(tmp_path / "wall.mp4"),))
    made = compared(asked, tmp_path / "made")
    wall, floor = made.view.photos
    assert [entry.label for entry in wall.entries] == ["Thin lens", "wall"]
    assert [entry.label for entry in floor.entries] == ["Thin lens, auto depth", "Thin lens, depth floor_map.png"]
    assert Image.open(made.grid).size[1] > 2 * 1000
    assert made.grid.name == "compared.png"


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_made(photo: str, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_text("no picture")
    np.save(tmp_path / "wall_map.npy", np.zeros((10, 50), np.float32))
    asked = request(
        photo,
        str(tmp_path / "broken.png"),
        depths=(str(tmp_path / "wall_map.npy"), "dog.npy"),
        imported=("wall.txt", "cat.zip"),
    )
    with pytest.raises(BadInput) as caught:
        compared(asked, tmp_path / "made")
    said = str(caught.value)
    for part in ("No photo matches the name of dog.npy, cat.zip", "broken.png", "wall_map.npy is 50x10 px", "wall.txt"):
        assert part in said
    assert not (tmp_path / "made").exists()


def test_views_hold_what_the_browser_needs(tmp_path: Path) -> None:
    ours, theirs, none = compared_photo_view(small_comparison(), tmp_path).entries
    assert ours.view is not None
    assert theirs.view is not None
    assert (len(ours.view.frames), len(theirs.view.frames)) == (9, 5)
    assert (ours.view.sharpest is not None, theirs.view.sharpest) == (True, None)
    assert (none.view, none.why) == (None, "It has no weights here. Download them.")


def test_imported_pictures_are_one_stack_and_videos_and_zips_each_one(tmp_path: Path) -> None:
    frames = write_stack(tmp_path / "frames", blurred_stack(0, 3))
    write_frames_video(tmp_path / "a.mp4", grey_stack(5, 64, 96))
    zip_files(tmp_path / "packed.zip", sorted(frames.iterdir()))
    files = [*sorted(frames.iterdir(), reverse=True), tmp_path / "a.mp4", tmp_path / "packed.zip"]
    video, packed, pictures = imported_entries(files, tmp_path / "unpacked", far_first=False)
    assert packed.label == "packed"
    assert packed.stack is not None
    assert np.array_equal(packed.stack.frames, blurred_stack(0, 3))
    assert video.label == "a"
    assert pictures.stack is not None
    assert np.array_equal(pictures.stack.frames, blurred_stack(0, 3))
    with pytest.raises(BadInput, match=r"notes\.txt.*none\.mp4"):
        imported_entries([*files, Path("notes.txt"), Path("none.mp4")], tmp_path / "again", far_first=False)


def test_a_saved_stack_may_be_imported_as_a_zip(photo: str, tmp_path: Path) -> None:
    made = RefocusPipeline().refocus(Photo.open(photo), frames=3, long_side=96, blur=0.9)
    made.save(tmp_path / "saved")
    zip_files(tmp_path / "saved.zip", sorted((tmp_path / "saved").iterdir()))
    (entry,) = imported_entries([tmp_path / "saved.zip"], tmp_path / "unpacked", far_first=False)
    assert (entry.label, entry.caption[0]) == ("saved", "thin-lens: blur 0.9, circle, 3 frames")
    assert entry.disparity is not None
    assert entry.stack is not None
    assert np.array_equal(entry.stack.frames, made.stack.frames)
