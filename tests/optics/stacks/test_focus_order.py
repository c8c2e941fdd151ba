import numpy as np
import pytest

from refocus.core import BadInput
from refocus.optics import nearest_first
from tests.optics.stack_scenes import COC_PX, FRAMES, blurred, textured, two_halves
from tests.reference import reference


def with_aberration(frames_away: float) -> np.ndarray:
    """One plane, sharp in green in frame 3; red comes to focus `frames_away` earlier."""
    grey = np.repeat(textured(0)[..., :1], 3, axis=2)
    per_frame = COC_PX / (FRAMES - 1)
    frames = np.stack([blurred(grey, per_frame * abs(index - 3)) for index in range(FRAMES)])
    for index in range(FRAMES):
        frames[index, ..., 0] = blurred(grey, per_frame * abs(index - 3 + frames_away))[..., 0]
    return frames


def test_red_sharp_earlier_than_green_means_nearest_first() -> None:
    stack = with_aberration(0.5)
    assert nearest_first(stack) is True
    assert nearest_first(stack[::-1]) is False


def test_a_stack_without_aberration_or_texture_does_not_tell() -> None:
    assert nearest_first(two_halves()[0]) is None
    assert nearest_first(np.full((5, 64, 64, 3), 90, np.uint8)) is None
    assert nearest_first(np.random.default_rng(0).integers(0, 255, (5, 64, 64, 3)).astype(np.uint8)) is None


def test_a_single_frame_is_refused() -> None:
    with pytest.raises(BadInput, match="frames_srgb"):
        nearest_first(np.zeros((1, 64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    ("stack", "expected"), [("beetle", True), ("pcb_bench", True), ("pcb_switch", False), ("dome", False)]
)
def test_real_stacks_of_known_order(stack: str, expected: bool) -> None:
    from refocus.media import Photo
    from refocus.optics import register

    paths = sorted(reference(f"photos/stacks/{stack}").iterdir())
    frames = register(np.stack([Photo.open(path).rgb for path in paths])).frames
    assert nearest_first(frames) is expected
