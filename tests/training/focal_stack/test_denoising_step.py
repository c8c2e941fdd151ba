"""The training step against the published distributions, and against the scheduler that the pipeline samples with."""

import math

import pytest
import torch
from diffusers import EulerDiscreteScheduler

from refocus.training.focal_stack.denoising_step import (
    Draw,
    denoised,
    draw,
    known_frames,
    log_normal,
    network_input,
    weighted_loss,
)
from refocus.training.loop.sample_order import noise_generator
from tests.tiny_video import SVD_SCHEDULER


def draw_of(sigma: float, *, drop_embedding: bool = False, drop_image: bool = False) -> Draw:
    return Draw(sigma, 0.05, drop_embedding, drop_image)


def test_log_normal_by_quantiles() -> None:
    assert log_normal(torch.tensor(0.5), 0.7, 1.6) == pytest.approx(math.exp(0.7))
    one_deviation = torch.tensor(0.8413447460685429, dtype=torch.float64)
    assert log_normal(one_deviation, -3.0, 0.5) == pytest.approx(math.exp(-2.5))
    assert log_normal(torch.tensor(0.0, dtype=torch.float64), 0.7, 1.6) == pytest.approx(
        math.exp(0.7 - 5.1993 * 1.6), rel=1e-3
    )


def test_draws_have_the_published_distributions() -> None:
    draws = [draw(noise_generator(0, number), 0.1) for number in range(1500)]
    for values, mean, deviation in (
        ([one.sigma for one in draws], 0.7, 1.6),
        ([one.noise_strength for one in draws], -3.0, 0.5),
    ):
        logs = torch.tensor(values).log()
        assert logs.mean() == pytest.approx(mean, abs=0.15)
        assert logs.std() == pytest.approx(deviation, rel=0.1)
    cases = [(one.drop_embedding, one.drop_image) for one in draws]
    for case in ((True, False), (True, True), (False, True)):
        assert cases.count(case) / len(cases) == pytest.approx(0.1, abs=0.03)


def test_known_frames_of_each_mode() -> None:
    uniform = [torch.rand(10, generator=torch.Generator().manual_seed(seed)) for seed in range(300)]
    one = torch.stack([known_frames("random", 10, 9, values) for values in uniform])
    assert (one.sum(1) == 1).all()
    assert one[:, :9].any(0).all()
    assert not one[:, 9].any()  # the repeated frame is never known
    assert known_frames("zero", 9, 9, uniform[0]).tolist() == [True] + [False] * 8
    several = torch.stack([known_frames("several", 9, 9, values) for values in uniform]).sum(1)
    assert several.unique().tolist() == [1, 2, 3]


def test_the_step_is_the_inverse_of_what_the_pipeline_s_scheduler_does() -> None:
    """Scaled input, timestep and the meaning of the output are those of the scheduler at a sigma of its own."""
    scheduler = EulerDiscreteScheduler(**SVD_SCHEDULER)
    random = torch.Generator().manual_seed(0)
    noisy, known, output = (torch.randn(1, 9, 4, 8, 8, generator=random) for _ in range(3))
    for step in (0, 12, 24):
        scheduler.set_timesteps(25)  # anew, as it counts the steps
        timestep, sigma = scheduler.timesteps[step], float(scheduler.sigmas[step])
        inputs = network_input(noisy, known, torch.ones(1, 16), [draw_of(sigma)], ())
        scaled = scheduler.scale_model_input(noisy, timestep)
        torch.testing.assert_close(inputs.sample, torch.cat([scaled, known], dim=2))
        torch.testing.assert_close(inputs.timestep[0], timestep)
        expected = scheduler.step(output, timestep, noisy).pred_original_sample
        torch.testing.assert_close(denoised(output, noisy, [draw_of(sigma)]), expected)


def test_the_loss_is_the_mean_error_of_v() -> None:
    random = torch.Generator().manual_seed(1)
    target, epsilon, error = (torch.randn(1, 9, 4, 4, 4, generator=random, dtype=torch.float64) for _ in range(3))
    sigma = 0.3
    scale = math.sqrt(sigma**2 + 1)
    noisy = target + sigma * epsilon
    v = epsilon / scale - sigma * target / scale
    loss = weighted_loss(denoised(v + error, noisy, [draw_of(sigma)]), target, [draw_of(sigma)])
    assert float(loss) == pytest.approx(float((error**2).mean()))


def test_dropout_and_ids_of_the_conditions() -> None:
    noisy, known, embeddings = torch.ones(2, 9, 4, 2, 2), torch.full((2, 9, 4, 2, 2), 3.0), torch.ones(2, 16)
    draws = [draw_of(1.0, drop_embedding=True), draw_of(1.0, drop_image=True)]
    inputs = network_input(noisy, known, embeddings, draws, ())
    assert inputs.embeddings.sum((1, 2)).tolist() == [0, 16]
    assert inputs.sample[:, :, 4:].sum((1, 2, 3, 4)).tolist() == [3 * 9 * 4 * 4, 0]
    torch.testing.assert_close(inputs.added_time_ids, torch.tensor([[7, 0, 0.05]] * 2))
    as_used = network_input(noisy, known, embeddings, draws, ("fps", "noise"))
    torch.testing.assert_close(as_used.added_time_ids, torch.tensor([[6.0, 0, 0]] * 2))
