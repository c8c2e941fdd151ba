import numpy as np
import pytest

from refocus.core import BadInput, FocalStack
from refocus.media import motion_positions, pull_positions, sweep_frames, sweep_positions


def test_a_sweep_goes_near_far_near() -> None:
    positions = sweep_positions(9)
    assert len(positions) == 96
    assert positions[0] == 0.0
    assert positions[48] == 8.0
    assert (np.diff(positions[:49]) > 0).all()
    assert (np.diff(positions[48:]) < 0).all()


def test_the_way_back_mirrors_the_way_there() -> None:
    positions = sweep_positions(5, fps=30, seconds=3)
    assert positions[1:] == pytest.approx(positions[:0:-1])


def test_it_is_slow_at_the_ends_and_loops_without_a_seam() -> None:
    positions = sweep_positions(9)
    steps = np.abs(np.diff(np.append(positions, positions[0])))
    assert steps.max() == pytest.approx(steps[24], rel=0.01)  # half way
    assert steps[0] < steps.max() / 20
    assert steps[-1] == pytest.approx(steps[0])  # the step over the seam
    assert np.abs(np.diff(steps)).max() < 0.02  # no jerk anywhere


@pytest.mark.parametrize(("fps", "seconds", "count"), [(24, 4, 96), (30, 2, 60), (12.5, 4, 50)])
def test_length(fps: float, seconds: float, count: int) -> None:
    assert len(sweep_positions(3, fps=fps, seconds=seconds)) == count


def test_too_short_a_sweep_is_refused() -> None:
    with pytest.raises(BadInput):
        sweep_positions(9, fps=1, seconds=1)


def test_pictures_are_those_of_the_refocus_slider(stack: FocalStack) -> None:
    positions = sweep_positions(len(stack), fps=10, seconds=2)
    pictures = list(sweep_frames(stack, positions))
    assert len(pictures) == 20
    for position, picture in zip(positions, pictures, strict=True):
        assert np.abs(picture.astype(int) - stack.at(position)).max() <= 1


def test_whole_positions_are_the_frames_themselves(stack: FocalStack) -> None:
    for index, picture in enumerate(sweep_frames(stack, np.arange(4.0))):
        assert (picture == stack.frames[index]).all()


def test_any_order_of_positions_works(stack: FocalStack) -> None:
    positions = np.array([2.5, 0.25, 3.0, 1.5])
    for position, picture in zip(positions, sweep_frames(stack, positions), strict=True):
        assert np.abs(picture.astype(int) - stack.at(position)).max() <= 1


def test_a_pull_holds_moves_smoothly_and_holds() -> None:
    positions = pull_positions(1.5, 6.25)
    steps = np.diff(positions)
    assert len(positions) == 96
    assert (positions[0], positions[-1]) == (1.5, 6.25)
    assert (steps >= 0).all()
    assert (positions[:19] == 1.5).all()
    assert (positions[-19:] == 6.25).all()
    assert positions[47:49].mean() == pytest.approx((1.5 + 6.25) / 2)
    assert np.abs(np.diff(steps)).max() < 0.15 * steps.max()  # no jolt anywhere


def test_a_pull_backwards_is_its_mirror() -> None:
    assert pull_positions(6, 1) == pytest.approx(7 - pull_positions(1, 6))


def test_a_pull_of_no_length_is_refused() -> None:
    with pytest.raises(BadInput, match="too short"):
        pull_positions(0, 1, seconds=1.5)


def test_motions_start_and_end_where_they_say() -> None:
    loop, sweep = motion_positions("loop", 9), motion_positions("sweep", 9)
    pull = motion_positions("pull", 9, start=6.5, end=2)
    assert (loop[0], loop.max()) == (0, 8)
    assert loop[-1] < 0.1
    assert (sweep[0], sweep[-1]) == (0, 8)
    assert (np.diff(sweep) >= 0).all()
    assert (pull[0], pull[-1]) == (6.5, 2)


def test_a_motion_nobody_knows_and_a_pull_out_of_the_stack_are_refused() -> None:
    with pytest.raises(BadInput):
        motion_positions("zigzag", 9)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        motion_positions("pull", 9, end=9)
