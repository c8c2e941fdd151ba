"""The optimiser of a run, AdamW, perhaps with 8-bit state; the learning rate of each step; averaged weights."""

import math
from collections.abc import Callable, Sequence

import torch

from refocus.core import BadInput
from refocus.training.loop.run_config import LoopConfig


def make_optimizer(parameters: Sequence[torch.nn.Parameter], config: LoopConfig) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over the trained parameters.

    Args:
        parameters: each once.
        config: of the run; the rate is set before each step.

    Raises:
        BadInput: when there is nothing to train, the parameters are not float32, or bitsandbytes is not installed.
    """
    if not parameters:
        raise BadInput("No layer of this network is trained.", todo="Choose the folder of the right model.")
    if any(parameter.dtype != torch.float32 for parameter in parameters):
        raise ValueError("trained parameters must be float32: small steps vanish in 16 bits")
    return _optimizer_class(config)(
        parameters,
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        eps=config.epsilon,
        weight_decay=config.weight_decay,
    )


@torch.no_grad()
def update_average(average: torch.nn.Module, network: torch.nn.Module, decay: float, step: int) -> None:
    """Move averaged weights towards a network's: an exponential moving average that follows faster at first.

    Args:
        average: a network of the same layers; changed in place.
        network: the one that is trained.
        decay: share that stays at each step, in [0, 1), once the run is long enough.
        step: steps done.
    """
    share = 1 - min(decay, (step + 1) / (step + 20))
    for averaged, current in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if averaged.is_floating_point():
            averaged.lerp_(current, share)
        else:
            averaged.copy_(current)


def _optimizer_class(config: LoopConfig) -> Callable[..., torch.optim.Optimizer]:
    if config.optimizer == "adamw":
        return torch.optim.AdamW
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise BadInput(
            "bitsandbytes is not installed.", todo="Run pip install bitsandbytes, or choose --optimizer adamw."
        ) from error
    return AdamW8bit


def learning_rate(config: LoopConfig, step: int, samples_per_step: int) -> float:
    """The rate of a step; set before the step is taken, so the first step of a warm-up is already small.

    Args:
        config: of the run.
        step: 0 for the first one.
        samples_per_step: batch x accumulation x processes.
    """
    peak = config.learning_rate * (samples_per_step if config.scale_learning_rate else 1)
    return peak * rate_share(config, step)


def rate_share(config: LoopConfig, step: int) -> float:
    """The share of the peak rate, in [0, 1].

    The warm-up rises linearly over steps 0 to warmup - 1, from 1 / (warmup + 1). The cosine begins after it at 1 and
    would reach `final_share` at the step after the last (Loshchilov and Hutter 2017, arXiv 1608.03983, without
    restarts).
    """
    if step < config.warmup:
        return (step + 1) / (config.warmup + 1)
    if config.schedule == "constant":
        return 1.0
    done = min((step - config.warmup) / max(config.steps - config.warmup, 1), 1.0)
    return config.final_share + (1 - config.final_share) * (1 + math.cos(math.pi * done)) / 2
