import numpy as np
import pytest

from refocus.core import BadInput
from refocus.media.moving import opened

FRAMES = [np.full((2, 3, 3), level, np.uint8) for level in (10, 20)]


def test_the_first_frame_is_told_and_still_comes() -> None:
    first, every = opened(iter(FRAMES), 5, kind="A video", most_fps=60)
    assert first is FRAMES[0]
    assert [int(frame[0, 0, 0]) for frame in every] == [10, 20]


@pytest.mark.parametrize(
    ("frames", "fps", "said"),
    [([], 5, "A video needs at least one frame"), (FRAMES, 0, "0 frames per second is not possible. Choose 1 to 60"),
     (FRAMES, float("nan"), "nan frames per second")],
)  # fmt: skip
def test_nothing_and_impossible_rates_are_refused(frames: list, fps: float, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        opened(frames, fps, kind="A video", most_fps=60)
