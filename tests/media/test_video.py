import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from refocus.core import BadInput, Cancelled, FocalStack
from refocus.media import write_frames_video, write_sweep, write_video

COLOURS = [
    (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128),
    (200, 120, 40), (30, 60, 90), (12, 12, 12), (240, 230, 20), (90, 200, 210), (180, 60, 160),
]  # fmt: skip


def _chart() -> np.ndarray:
    """Twelve patches of 40 px, four a row."""
    return np.repeat(np.repeat(np.array(COLOURS, np.uint8).reshape(3, 4, 3), 40, axis=0), 40, axis=1)


def _facts(path: Path) -> str:
    """What ffmpeg says about the file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def _planes(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y (frames, height, width), and Cb, Cr of half the size, as stored."""
    found = re.search(r" (\d+)x(\d+)[ ,]", _facts(path))
    assert found
    width, height = int(found[1]), int(found[2])
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-"]
    stored = subprocess.run(command, capture_output=True, check=True).stdout
    frames = np.frombuffer(stored, np.uint8).reshape(-1, width * height * 3 // 2)
    luma, chroma = np.split(frames, [width * height], axis=1)
    cb, cr = np.split(chroma, 2, axis=1)
    half = (-1, height // 2, width // 2)
    return luma.reshape(-1, height, width), cb.reshape(half), cr.reshape(half)


def _decoded(path: Path) -> np.ndarray:
    """(frames, height, width, 3) in [0, 255] by the equations of BT.709, video range; not by ffmpeg's own matrix."""
    planes = _planes(path)
    y = (planes[0] - 16.0) / 219.0
    cb, cr = ((plane.repeat(2, axis=1).repeat(2, axis=2) - 128.0) / 224.0 for plane in planes[1:])
    red, blue = y + 1.5748 * cr, y + 1.8556 * cb
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 1) * 255.0


def test_colours_survive(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [_chart()] * 5, 24)
    seen = _decoded(tmp_path / "a.mp4")
    assert seen.shape == (5, 120, 160, 3)
    assert np.abs(seen[:, 20::40, 20::40] - np.array(COLOURS).reshape(3, 4, 3)).max() <= 3.0


def test_what_browsers_need(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [_chart()] * 12, 24)
    facts = _facts(tmp_path / "a.mp4")
    assert "h264 (High)" in facts
    assert "yuv420p(tv, bt709/bt709/iec61966-2-1" in facts
    assert "24 fps" in facts
    assert "Duration: 00:00:00.50" in facts
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")  # fast start: the index comes first


@pytest.mark.parametrize("size", [(71, 97), (70, 97), (71, 96)])
def test_odd_sizes_repeat_their_edge_and_are_not_rescaled(tmp_path: Path, size: tuple[int, int]) -> None:
    height, width = size
    frame = np.full((height, width, 3), 60, np.uint8)
    frame[:, -1] = frame[-1] = 200
    write_video(tmp_path / "a.mp4", [frame] * 3, 24)
    luma = _planes(tmp_path / "a.mp4")[0][0].astype(int)
    assert luma.shape == (height + height % 2, width + width % 2)
    dark, light = 16 + 60 * 219 / 255, 16 + 200 * 219 / 255
    assert np.abs(luma[:60, :90] - dark).max() <= 6
    assert np.abs(luma[height - 1 :, :] - light).max() <= 12
    assert np.abs(luma[:, width - 1 :] - light).max() <= 12


def test_a_sweep_shows_every_frame_of_the_stack_on_its_way(tmp_path: Path, stack: FocalStack) -> None:
    write_sweep(tmp_path / "a.mp4", stack, fps=12, seconds=2)
    luma = _planes(tmp_path / "a.mp4")[0].astype(float)
    assert len(luma) == 24
    expected = 16 + 219 / 255 * (stack.frames @ np.array([0.2126, 0.7152, 0.0722]))
    assert np.abs(luma[0] - expected[0]).mean() < 2
    assert np.abs(luma[12] - expected[-1]).mean() < 2
    assert np.abs(luma[1:12] - luma[:12:-1]).mean() < 1.5  # back the same way


def test_bare_frames_at_their_own_rate(tmp_path: Path, stack: FocalStack) -> None:
    write_frames_video(tmp_path / "a.mp4", stack)
    assert len(_planes(tmp_path / "a.mp4")[0]) == 4
    assert "5 fps" in _facts(tmp_path / "a.mp4")


def test_progress_rises_to_one(tmp_path: Path, stack: FocalStack) -> None:
    seen: list[float] = []
    write_sweep(tmp_path / "a.mp4", stack, fps=5, seconds=2, progress=lambda stage, done: seen.append(done))
    assert seen == pytest.approx(np.arange(1, 11) / 10)


def test_stopping_leaves_nothing_and_keeps_the_older_video(tmp_path: Path, stack: FocalStack) -> None:
    def stop(stage: str, done: float) -> None:
        if done > 0.4:
            raise Cancelled

    (tmp_path / "a.mp4").write_text("older")
    with pytest.raises(Cancelled):
        write_sweep(tmp_path / "a.mp4", stack, progress=stop)
    assert (tmp_path / "a.mp4").read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 1


def test_frames_are_taken_as_they_come(tmp_path: Path) -> None:
    asked = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal asked
        for _ in range(6):
            asked += 1
            yield _chart()

    ahead: list[float] = []
    write_video(tmp_path / "a.mp4", frames(), 24, total=6, progress=lambda _, done: ahead.append(asked - 6 * done))
    assert max(ahead) <= 1


@pytest.mark.parametrize("fps", [0, -3, float("nan")])
def test_an_impossible_rate_is_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(BadInput, match="frames per second"):
        write_video(tmp_path / "a.mp4", [_chart()], fps)


def test_frames_must_be_there_and_of_one_size(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one"):
        write_video(tmp_path / "a.mp4", [], 24)
    with pytest.raises(BadInput, match="The video needs frames of one size"):
        write_video(tmp_path / "a.mp4", [_chart(), _chart()[:-2]], 24)
    assert list(tmp_path.iterdir()) == []
