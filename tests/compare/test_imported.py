from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.compare.imported import load_imported
from refocus.core import BadInput
from refocus.media import write_frames_video
from tests.compare.comparisons import grey_stack
from tests.evaluate.pictures import blurred_stack, write_stack


def test_a_folder_of_frames(tmp_path: Path) -> None:
    folder = write_stack(tmp_path / "theirs", blurred_stack(0, 5))
    entry = load_imported(folder)
    assert entry.stack is not None
    assert (entry.label, len(entry.stack), entry.disparity) == ("theirs", 5, None)
    assert (entry.stack.frames == blurred_stack(0, 5)).all()
    turned = load_imported(folder, "far first", far_first=True)
    assert turned.stack is not None
    assert (turned.stack.frames == blurred_stack(0, 5)[::-1]).all()


def test_a_video(tmp_path: Path) -> None:
    write_frames_video(tmp_path / "theirs.mp4", grey_stack(9, 64, 96))
    entry = load_imported(tmp_path / "theirs.mp4")
    assert entry.stack is not None
    assert entry.caption[0] == "imported: 9 frames of a video, 96x64 px"
    assert np.abs(entry.stack.frames.astype(int) - grey_stack(9, 64, 96).frames).max() <= 3


def test_a_saved_result_keeps_its_settings(two_planes: Photo, tmp_path: Path) -> None:
    RefocusPipeline().run(two_planes, RefocusRequest(frames=3, f_number=2.0)).save(tmp_path / "saved", fps=5)
    entry = load_imported(tmp_path / "saved")
    assert "f/2" in entry.caption[0]
    assert entry.disparity is not None


def test_all_problems_of_frames_are_listed(tmp_path: Path) -> None:
    folder = write_stack(tmp_path / "theirs", blurred_stack(0, 5))
    (folder / "001.png").write_bytes(b"no picture")
    (folder / "003.png").write_bytes(b"")
    with pytest.raises(BadInput, match=r"001\.png.*003\.png"):
        load_imported(folder)
    other = write_stack(tmp_path / "sizes", blurred_stack(0, 3))
    Image.fromarray(blurred_stack(0, 3, 70, 90)[0]).save(other / "003.png")
    with pytest.raises(BadInput, match=r"003\.png is 90x70 px"):
        load_imported(other)


@pytest.mark.parametrize("name", ["missing", "notes.txt", "empty", "broken.mp4"])
def test_other_files_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "broken.mp4").write_text("words")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=name.split(".")[0]):
        load_imported(tmp_path / name)
