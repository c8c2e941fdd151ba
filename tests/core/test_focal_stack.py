import numpy as np
import pytest

from refocus.core import BadInput, FocalStack, stack_focus_disparity


def grey_stack(*codes: int) -> FocalStack:
    frames = np.stack([np.full((4, 6, 3), code, np.uint8) for code in codes])
    return FocalStack(frames, stack_focus_disparity(1.0, 0.0, len(codes)))


def test_whole_positions_are_the_frames_themselves() -> None:
    stack = grey_stack(10, 20, 30)
    for position, code in enumerate([10, 20, 30]):
        assert (stack.at(position) == code).all()


def test_between_frames_light_is_blended_not_codes() -> None:
    assert (grey_stack(0, 255, 255).at(0.5) == 188).all()


def test_a_frame_taken_out_can_be_written_to_without_changing_the_stack() -> None:
    stack = grey_stack(10, 20, 30)
    stack.at(1)[:] = 0
    assert (stack.frames[1] == 20).all()


@pytest.mark.parametrize("position", [-0.1, 2.01, float("nan")])
def test_positions_outside_are_refused_with_the_range(position: float) -> None:
    with pytest.raises(BadInput) as caught:
        grey_stack(1, 2, 3).at(position)
    assert "0 (nearest) to 2 (farthest)" in str(caught.value)


def test_position_and_disparity_are_inverse() -> None:
    stack = grey_stack(*range(9))
    positions = np.array([0.0, 0.3, 4.0, 7.75, 8.0])
    there = [stack.disparity_at(position) for position in positions]
    assert stack.position_of(np.array(there)) == pytest.approx(positions, abs=1e-5)
    assert there[0] == 1.0
    assert there[-1] == 0.0


def test_disparities_beyond_the_stack_go_to_its_ends() -> None:
    assert grey_stack(1, 2, 3).position_of(np.array([5.0, -5.0])).tolist() == [0.0, 2.0]


def test_a_flat_scene_has_every_pixel_in_the_stack() -> None:
    stack = FocalStack(np.zeros((3, 2, 2, 3), np.uint8), stack_focus_disparity(0.5, 0.5, 3))
    assert 0 <= float(stack.position_of(0.5)) <= 2


@pytest.mark.parametrize("frames", [2, 34, 0, -1])
def test_impossible_frame_counts_are_refused(frames: int) -> None:
    with pytest.raises(BadInput, match="3 to 33"):
        stack_focus_disparity(1.0, 0.0, frames)


def test_focus_is_uniform_from_nearest_to_farthest() -> None:
    focus = stack_focus_disparity(2.0, 0.5, 4)
    assert focus == pytest.approx([2.0, 1.5, 1.0, 0.5])


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(BadInput, match="at least two frames"):
        FocalStack(np.zeros((4, 4, 3), np.uint8), np.zeros(4, np.float32))
    with pytest.raises(BadInput, match="needs 3 focus values"):
        FocalStack(np.zeros((3, 4, 4, 3), np.uint8), np.zeros(2, np.float32))
