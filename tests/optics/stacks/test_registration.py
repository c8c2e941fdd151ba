import numpy as np
import pytest

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import register
from tests.optics.stack_scenes import FRAMES, HEIGHT, WIDTH, moved, textured, two_halves
from tests.reference import reference

SCALES = np.linspace(1.07, 0.94, FRAMES)
SHIFTS_PX = [(2.0, -1.0), (0.0, 0.5), (-1.5, 1.0), (0.0, 0.0), (1.0, 1.0), (0.0, -2.0), (2.5, 0.0)]


def breathing() -> np.ndarray:
    frames, _, _ = two_halves()
    return np.stack([moved(frame, *how) for frame, *how in zip(frames, SCALES, SHIFTS_PX, strict=True)])


def corners_px(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    return matrix @ np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1.0]]).T


def test_breathing_of_seven_percent_is_undone() -> None:
    found = register(breathing())
    np.testing.assert_allclose(found.scales, SCALES / SCALES[FRAMES // 2], rtol=0.006)
    sharp = textured(0)
    middle = moved(sharp, SCALES[3], SHIFTS_PX[3])
    top, left = (int(value) for value in found.transforms[3, ::-1, 2])
    height, width = found.frames.shape[1:3]
    assert found.frames.shape == (FRAMES, height, width, 3)
    error = np.abs(found.frames[1, :, : width // 3].astype(int) - middle[top:, left:][:height, : width // 3])
    before = breathing()[1, top:, left:][:height, : width // 3]
    unaligned = np.abs(before.astype(int) - middle[top:, left:][:height, : width // 3])
    assert error.mean() < 0.3 * unaligned.mean()


def test_every_pixel_left_is_shown_by_every_photo() -> None:
    found = register(breathing())
    height, width = found.frames.shape[1:3]
    for transform in found.transforms:
        x, y = corners_px(transform, height - 1, width - 1)
        assert (x > -0.11).all()
        assert (y > -0.11).all()
        assert (x < WIDTH - 0.89).all()
        assert (y < HEIGHT - 0.89).all()
    assert height > 0.85 * HEIGHT
    assert width > 0.85 * WIDTH


def test_a_turn_is_undone_too() -> None:
    frames = np.stack([moved(textured(0), 1.0, (0, 0), turn) for turn in (-1.0, 0.0, 1.0)])
    found = register(frames)
    turns_deg = np.degrees(np.arctan2(found.transforms[:, 1, 0], found.transforms[:, 0, 0]))
    np.testing.assert_allclose(np.abs(turns_deg), [1, 0, 1], atol=0.05)
    assert turns_deg[0] == pytest.approx(-turns_deg[2], abs=0.05)


def test_an_aligned_stack_stays_as_it_is() -> None:
    frames, _, _ = two_halves()
    found = register(frames)
    assert np.abs(found.scales - 1).max() < 0.002
    assert found.frames.shape[1] >= HEIGHT - 2
    assert found.similarity > 0.9


def test_exposure_is_evened_out_to_the_median() -> None:
    frames, _, _ = two_halves()
    gains = np.array([0.6, 0.8, 1.1, 1.0, 0.7, 1.2, 0.9], np.float32)
    dimmed = np.stack([linear_to_srgb8(srgb_to_linear(f) * g) for f, g in zip(frames, gains, strict=True)])
    found = register(dimmed)
    np.testing.assert_allclose(found.gains, np.repeat(np.median(gains) / gains[:, None], 3, 1), rtol=0.03)
    means = srgb_to_linear(found.frames).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(means, means[3], rtol=0.03)


def test_white_stays_white_when_a_bright_photo_is_dimmed() -> None:
    frames = np.repeat(textured(0)[None], 3, 0)
    frames[0] = linear_to_srgb8(srgb_to_linear(frames[0]) * 1.5)
    frames[:, 40:60, 40:60] = 255
    found = register(frames)
    assert found.gains[0].max() < 0.75
    assert (found.frames[0, 45:55, 45:55] >= 254).all()


def test_blank_photos_are_alike() -> None:
    frames = np.full((3, 80, 96, 3), 90, np.uint8)
    assert (register(frames).frames == frames).all()


def test_photos_of_other_scenes_are_refused_by_their_numbers() -> None:
    frames = np.stack([textured(0), textured(0), textured(1), textured(1)])
    with pytest.raises(BadInput, match=r"Photos 2 and 3 .* same scene"):
        register(frames)


def test_a_jump_of_the_camera_is_refused() -> None:
    wide = textured(0, 160, 400)
    frames = np.stack([wide[:, x : x + WIDTH] for x in (0, 60, 120)])
    with pytest.raises(BadInput, match="same scene"):
        register(frames)


@pytest.mark.parametrize("shape", [(1, 64, 64, 3), (3, 64, 64), (3, 64, 64, 4)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="frames_srgb"):
        register(np.zeros(shape, np.uint8))


def test_a_list_of_photos_is_refused() -> None:
    with pytest.raises(BadInput, match="frames_srgb is a list"):
        register([np.zeros((64, 64, 3), np.uint8)] * 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("stack", ["beetle", "dome", "leaf", "pcb_bench", "pcb_switch"])
def test_real_stacks_are_aligned(stack: str) -> None:
    from refocus.media import Photo

    paths = sorted(reference(f"photos/stacks/{stack}").iterdir())
    found = register(np.stack([Photo.open(path).rgb for path in paths]))
    assert found.similarity > 0.8
    steps = np.diff(found.scales)
    assert (steps > -0.002).all() or (steps < 0.002).all()  # breathing goes one way
    assert found.frames.shape[2] > 0.9 * Photo.open(paths[0]).width


def test_a_dark_photo_in_the_middle_does_not_darken_the_others() -> None:
    frames, _, _ = two_halves()
    dark = frames.copy()
    dark[3] = linear_to_srgb8(srgb_to_linear(frames[3]) * 0.2)
    found = register(dark)
    np.testing.assert_allclose(found.gains[[0, 1, 2, 4, 5, 6]], 1, atol=0.02)
    np.testing.assert_allclose(found.gains[3], 5, rtol=0.05)
