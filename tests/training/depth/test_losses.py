"""The losses of the built-in depth network, by hand."""

import pytest
import torch

from refocus.training.depth.losses import dense_loss, edge_loss, normalised, order_loss, outline_loss

GENERATOR = torch.Generator().manual_seed(0)
MAP = torch.rand(1, 16, 16, generator=GENERATOR) + 0.1


def test_normalising_by_hand() -> None:
    values = torch.tensor([[1.0, 2.0, 3.0, 100.0]])
    known = torch.tensor([[True, True, True, False]])
    # median 2, mean absolute deviation 2 / 3
    assert torch.allclose(normalised(values, known), torch.tensor([[-1.5, 0.0, 1.5, 147.0]]))


def test_dense_loss_ignores_scale_and_offset_and_unknown_pixels() -> None:
    truth = MAP.clone()
    assert dense_loss(5 * MAP - 3, truth) < 1e-4
    truth[:, :4] = 0
    guess = 5 * MAP - 3
    guess[:, :3] = 99  # unknown there, and not beside a known pixel
    assert dense_loss(guess, truth) < 1e-4
    assert dense_loss(-MAP, MAP) > 0.5


def test_order_loss_prefers_the_right_order() -> None:
    ramp = torch.linspace(0, 1, 16)[None, :, None].expand(1, 16, 16)
    points = [torch.tensor([[0.5, 0.9], [0.5, 0.1]])]
    right, wrong = (order_loss(ramp, points, [torch.tensor(ranks)]) for ranks in ([0, 1], [1, 0]))
    assert right < 0.2 < wrong


def test_the_worst_pairs_can_be_left_out() -> None:
    ramp = torch.linspace(0, 1, 16)[None, :, None].expand(1, 16, 16)
    points = [torch.tensor([[0.5, 0.95], [0.5, 0.65], [0.5, 0.35], [0.5, 0.05]])]
    ranks = [torch.tensor([0, 1, 3, 2])]  # one of six pairs is mislabelled
    assert order_loss(ramp, points, ranks, trim=0.2) < 0.5 * order_loss(ramp, points, ranks)


def test_a_subject_at_one_distance_before_a_far_background_costs_nothing() -> None:
    mask = torch.zeros(1, 32, 32, dtype=torch.bool)
    mask[0, 8:28, 12:20] = True
    upright = torch.where(mask, 1.0, 0.2)
    sloping = torch.linspace(0, 1, 32)[None, :, None].expand(1, 32, 32)
    assert outline_loss(upright, [mask]) == 0
    assert outline_loss(sloping, [mask]) > 0.2
    assert outline_loss(sloping, [mask[:0]]) == 0


@pytest.mark.parametrize("edge_in_picture", [True, False])
def test_steps_cost_less_at_edges_of_the_picture(edge_in_picture: bool) -> None:
    step = torch.zeros(1, 16, 16)
    step[..., 8:] = 1
    picture = torch.zeros(1, 3, 32, 32)
    if edge_in_picture:
        picture[..., 16:] = 1
    assert (edge_loss(step, picture) < 0.01) == edge_in_picture
