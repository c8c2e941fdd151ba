import struct
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.depth import read_disparity
from refocus.media import read_video, write_sweep, write_video
from refocus.media.mask import read_mask
from refocus.media.read_video import read_sweep
from tests.compare.comparisons import grey_stack
from tests.reference import reference


def test_a_long_video_is_thinned_evenly(tmp_path: Path) -> None:
    write_video(tmp_path / "long.mp4", grey_stack(60, 64, 96).frames, fps=24)
    frames, notes = read_sweep(tmp_path / "long.mp4", most=7)
    means = frames.mean(axis=(1, 2, 3))
    assert notes == ("7 of 60 frames were used, evenly selected.",)
    assert np.abs(means - np.linspace(0, 255, 7)).max() < 4


def test_a_video_that_runs_to_and_fro_is_taken_once(tmp_path: Path) -> None:
    write_sweep(tmp_path / "loop.mp4", grey_stack(9, 64, 96))
    frames, notes = read_sweep(tmp_path / "loop.mp4", most=9)
    means = frames.mean(axis=(1, 2, 3))
    assert "returns to its beginning" in notes[0]
    assert (np.diff(means) > 0).all()
    assert means[-1] > 250


def test_of_large_pictures_fewer_are_kept(tmp_path: Path) -> None:
    write_video(tmp_path / "large.mp4", grey_stack(12, 64, 96).frames, fps=24)
    frames, notes = read_sweep(tmp_path / "large.mp4", max_stack_pixels=5 * 64 * 96)
    assert len(frames) == 5
    assert notes == ("5 of 12 frames were used, evenly selected.",)
    with pytest.raises(BadInput, match="96x64 px"):
        read_sweep(tmp_path / "large.mp4", max_stack_pixels=2 * 64 * 96)


def test_a_long_video_is_refused_from_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "long.mp4", grey_stack(48, 64, 96).frames, fps=24)
    monkeypatch.setattr(read_video, "_MAX_PIXELS_READ", 40 * 64 * 96)

    def read(stage: str, done: float) -> None:
        raise AssertionError("a picture was read")

    with pytest.raises(BadInput, match="far too long"):
        read_sweep(tmp_path / "long.mp4", progress=read)


@pytest.mark.parametrize("dropped", [0, 4])
def test_a_loop_that_was_encoded_again_with_other_frames_is_taken_once(tmp_path: Path, dropped: int) -> None:
    rng = np.random.default_rng(1)
    there = grey_stack(40, 64, 96).frames.astype(int)
    frames = np.concatenate([there[dropped:], there[::-1]])
    noisy = np.clip(frames + rng.normal(0, 20, frames.shape), 0, 255).astype(np.uint8)
    write_video(tmp_path / "resent.mp4", noisy, fps=24)
    found, notes = read_sweep(tmp_path / "resent.mp4", most=5)
    assert "returns to its beginning" in notes[0]
    assert (np.diff(found.mean(axis=(1, 2, 3))) > 0).all()


def test_a_gif_is_read(tmp_path: Path) -> None:
    pictures = [Image.fromarray(frame) for frame in grey_stack(5, 64, 96).frames]
    pictures[0].save(tmp_path / "sweep.gif", save_all=True, append_images=pictures[1:])
    frames, _ = read_sweep(tmp_path / "sweep.gif")
    assert frames.shape == (5, 64, 96, 3)
    assert (np.diff(frames.mean(axis=(1, 2, 3))) > 0).all()
    data = (tmp_path / "sweep.gif").read_bytes()
    for damaged in (data[:40], data[:6] + b"\xff" * 4 + data[10:]):  # cut off; far too large by its header
        (tmp_path / "broken.gif").write_bytes(damaged)
        with pytest.raises(BadInput, match=r"broken\.gif"):
            read_sweep(tmp_path / "broken.gif")


@pytest.mark.parametrize("name", ["sweep_resent_crf28", "sweep_resent_gentle_crf23", "rotated"])
def test_sweeps_sent_by_messengers_are_known_to_return(name: str) -> None:
    frames, notes = read_sweep(reference(f"cases/video/{name}.mp4"))
    assert "returns to its beginning" in notes[0]
    assert (frames.shape[1] > frames.shape[2]) == (name != "sweep_resent_gentle_crf23")  # upright


def test_a_path_may_hold_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_video("10:30.mp4", grey_stack(5, 64, 96).frames, fps=24)
    assert read_sweep("10:30.mp4")[0].shape == (5, 64, 96, 3)


@pytest.mark.parametrize("name", ["gif_block.gif", "gif_sizes.gif"])  # found by tests.benchmarks.fuzz
def test_a_damaged_gif_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="not a video that can be read"):
        read_sweep(Path(__file__).parents[1] / "data/fuzz" / name)


@pytest.mark.parametrize("read", [read_sweep, read_mask, lambda path: read_disparity(path, size=(8, 8))])
def test_whatever_a_decoder_raises_is_said_in_a_sentence(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "picture.gif"
    Image.new("L", (8, 8)).save(path, "PNG")

    def fail(*args: object, **options: object) -> NoReturn:
        raise struct.error("unpack_from requires a buffer of at least 2 bytes")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(BadInput):
        read(path)
