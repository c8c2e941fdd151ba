import numpy as np
import pytest
from scipy.stats import spearmanr

from refocus.core import BadInput, FocalStack
from refocus.core.colour import linear_to_srgb8
from refocus.optics import depth_from_focus, fuse, register, scene_from_stack
from refocus.optics.stacks.focus_cost import blur_across_stack
from tests.optics.stack_scenes import COC_PX, FRAMES, HEIGHT, WIDTH, ramp, two_halves
from tests.reference import reference

Halves = tuple[np.ndarray, np.ndarray, np.ndarray]
INNER = np.s_[13:-13, 13:-13]


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    error = np.mean((picture[INNER].astype(float) - truth[INNER]) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


@pytest.fixture(scope="module")
def halves() -> Halves:
    return two_halves()


def test_fusion_brings_the_sharp_picture_back(halves: Halves) -> None:
    frames, sharp, _ = halves
    fused = fuse(frames)
    assert psnr(fused, sharp) > 38
    assert psnr(fused, sharp) > 8 + max(psnr(frame, sharp) for frame in frames)


def test_positions_are_those_of_the_sharp_frames(halves: Halves) -> None:
    frames, _, truth = halves
    error = np.abs(depth_from_focus(frames).positions - truth)
    assert np.median(error) < 0.1
    assert (error > 1).mean() < 0.05


def test_a_slanted_plane_gives_fractional_positions() -> None:
    frames, sharp, truth = ramp()
    found = depth_from_focus(frames)
    assert np.abs(found.positions - truth)[INNER].mean() < 0.35
    assert spearmanr(found.positions[INNER].ravel(), truth[INNER].ravel()).statistic > 0.97
    assert psnr(found.all_in_focus, sharp) > 34


def test_confidence_is_high_on_texture_and_low_where_nothing_tells(halves: Halves) -> None:
    frames = halves[0].copy()
    frames[:, 40:120, 140:220] = 120
    confidence = depth_from_focus(frames).confidence
    assert np.median(confidence[:, :100]) > 3 * np.median(confidence[60:100, 160:200])
    assert confidence.min() >= 0
    assert confidence.max() <= 1


def test_a_flat_patch_takes_the_depth_around_it(halves: Halves) -> None:
    frames = halves[0].copy()
    frames[:, 60:90, 30:70] = 120
    assert np.abs(depth_from_focus(frames).positions[65:85, 35:65] - 1).max() < 0.5


def test_the_rim_of_a_blurred_lamp_is_not_taken_for_sharp() -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    frames = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.float32)
    for index in range(FRAMES):
        diameter = max(4.0, 2 * COC_PX * (FRAMES - 1 - index) / (FRAMES - 1))
        disc = np.clip(diameter / 2 + 0.5 - np.hypot(rows - 80, columns - 120), 0, 1)
        frames[index] = 0.02 + disc[..., None] * 60 / diameter**2
    found = depth_from_focus(linear_to_srgb8(frames))
    ring = np.abs(np.hypot(rows - 80, columns - 120) - 12) < 3
    assert found.all_in_focus[ring].max() < 90  # dark, as in the frame where the lamp is small
    assert found.positions[78:83, 118:123].mean() > FRAMES - 2


def test_the_blur_of_the_stack_is_measured(halves: Halves) -> None:
    assert blur_across_stack(halves[0]) * WIDTH == pytest.approx(COC_PX, rel=0.12)


def test_frame_order_turns_positions_round(halves: Halves) -> None:
    frames, _, _ = halves
    forward, backward = depth_from_focus(frames), depth_from_focus(frames[::-1])
    np.testing.assert_allclose(backward.positions, FRAMES - 1 - forward.positions, atol=0.05)


def test_nothing_is_brighter_or_darker_than_the_frames(halves: Halves) -> None:
    frames, _, _ = halves
    fused = fuse(frames).astype(int)
    assert (fused >= frames.min(axis=0).astype(int) - 1).all()
    assert (fused <= frames.max(axis=0).astype(int) + 1).all()


@pytest.mark.parametrize("frames", [2, 3, 9, 33])
@pytest.mark.parametrize("size", [(8, 16), (64, 48)])
def test_noise_gives_something_finite(frames: int, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (frames, *size, 3)).astype(np.uint8)
    found = depth_from_focus(noise)
    assert found.positions.shape == found.confidence.shape == size
    assert np.isfinite(found.positions).all()
    assert found.positions.min() >= 0
    assert found.positions.max() <= frames - 1


def test_a_flat_scene_stays_as_it_is_and_is_confident_of_nothing() -> None:
    flat = np.full((9, 48, 64, 3), (90, 120, 200), np.uint8)
    found = depth_from_focus(flat)
    assert (found.all_in_focus == flat[0]).all()
    assert found.confidence.max() == 0


def test_a_scene_has_the_units_of_its_stack(halves: Halves) -> None:
    frames, _, truth = halves
    scene = scene_from_stack(FocalStack(frames, np.linspace(1, 0, FRAMES, dtype=np.float32)))
    assert not scene.disparity.metric
    assert np.median(scene.disparity.values[truth == 1]) == pytest.approx(5 / 6, abs=0.03)
    diopters = scene_from_stack(FocalStack(frames, np.linspace(12, 0, FRAMES, dtype=np.float32)))
    np.testing.assert_allclose(diopters.disparity.values, 12 * scene.disparity.values, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 64, 64, 3), (3, 64, 64), (3, 0, 64, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="frames_srgb"):
        depth_from_focus(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("scene", "least_psnr", "least_rank"), [("S1", 34.5, 0.8), ("S2", 36, 0.94), ("S3", 24.5, 0.62)]
)
def test_ray_traced_stacks(scene: str, least_psnr: float, least_rank: float) -> None:
    data = np.load(reference(f"groundtruth/{scene}/{scene}.npz"))
    found = depth_from_focus(linear_to_srgb8(data["stack"].astype(np.float32)))
    assert psnr(found.all_in_focus, linear_to_srgb8(data["aif"].astype(np.float32))) > least_psnr
    rank = spearmanr(-found.positions[INNER].ravel(), 1 / data["depth"][INNER].ravel()).statistic
    assert rank > least_rank


def test_clipped_lights_keep_the_depth_of_their_surface() -> None:
    from refocus.media import Photo

    paths = sorted(reference("photos/stacks/pcb_switch").iterdir())
    aligned = register(np.stack([Photo.open(path).resized(512).rgb for path in paths])).frames
    board_with_solder = depth_from_focus(aligned).positions[100:310, 5:125]
    assert np.percentile(board_with_solder, 99.5) - np.median(board_with_solder) < 1.5
