"""What a training run needs, from counts: parameters, memory of a GPU, operations, hours. For `--dry-run`.

Memory and time are estimates. The backward pass keeps 20 values per token, block and width, as counted by
`loop.work_estimate.LiveBytes` on a small FLUX on a processor; with gradient checkpointing 1, and 20 of one block.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from refocus.models.generative_refocus.memory import VAE_PARAMETERS
from refocus.models.generative_refocus.network_specs import ADAPTED_WEIGHT
from refocus.models.generative_refocus.token_grid import TOKEN_PX
from refocus.models.weights.components import Shapes
from refocus.training.generative.generative_config import GenerativeConfig
from refocus.training.generative.photo_index import Route

_TEXT_TOKENS = 512
_KEPT_VALUES_PER_WIDTH = 20
_VAE_VALUES_PER_PX = 640
_ALLOWANCE_BYTES = 1.5 * 2**30
_GPUS = {"A100 80 GB": 312e12 * 0.45, "H100 80 GB": 989e12 * 0.4}
"""Operations per second in bfloat16: the data sheet's, times a usual utilisation."""


@dataclass(frozen=True, slots=True)
class TrainingCosts:
    """Of one process.

    Attributes:
        frozen, trained: parameters of transformer and LoRA.
        weight_bytes: of the frozen weights and the VAE.
        trained_bytes: of the LoRA, its gradients and the optimiser's state.
        activation_bytes: at most.
        flops_per_sample: floating-point operations, forward and backward.
    """

    frozen: int
    trained: int
    weight_bytes: float
    trained_bytes: float
    activation_bytes: float
    flops_per_sample: float

    @property
    def peak_bytes(self) -> float:
        """Memory of a GPU."""
        return self.weight_bytes + self.trained_bytes + self.activation_bytes + _ALLOWANCE_BYTES


def training_costs(shapes: Shapes, config: GenerativeConfig, *, conditions: int) -> TrainingCosts:
    """Count one process.

    The frozen weights need no gradient of their own, so the backward pass costs as much as the forward pass, and with
    gradient checkpointing there is one more.

    Args:
        shapes: of the transformer's weights by name.
        config: of the run.
        conditions: pictures beside the image, each taken as large as it.
    """
    frozen = sum(math.prod(shape) for shape in shapes.values())
    trained = sum(config.rank * sum(shape) for name, shape in shapes.items() if ADAPTED_WEIGHT.fullmatch(name))
    width = shapes["x_embedder.weight"][0]
    blocks = len({name.split(".")[1] for name in shapes if name.startswith("transformer_blocks.")})
    blocks += len({name.split(".")[1] for name in shapes if name.startswith("single_transformer_blocks.")})
    image = (config.window_px // TOKEN_PX) ** 2
    main, tokens = _TEXT_TOKENS + image, _TEXT_TOKENS + (1 + conditions) * image
    linear = 2 * 12 * width**2 * blocks * tokens
    attention = 4 * width * blocks * (main * tokens + conditions * image * (main + image))
    lora = 3 * 2 * trained * conditions * image  # forward, and both gradients
    passes = 3 if config.gradient_checkpointing else 2
    value = 4 if config.dtype == "float32" else 2
    states = 2 if config.optimizer == "adamw8bit" else 8
    kept = _KEPT_VALUES_PER_WIDTH * value * width * tokens
    between_blocks = value * width * tokens * blocks
    activations = kept + between_blocks if config.gradient_checkpointing else kept * blocks
    return TrainingCosts(
        frozen=frozen,
        trained=trained,
        weight_bytes=value * (frozen + VAE_PARAMETERS),
        trained_bytes=trained * (4 + 4 + states),
        activation_bytes=max(activations, value * _VAE_VALUES_PER_PX * config.window_px**2),
        flops_per_sample=passes * (linear + attention) + lora,
    )


def describe_run(
    shapes: Shapes,
    config: GenerativeConfig,
    rows: Mapping[Route, int],
    shares: Mapping[Route, float],
    held_back: int,
    *,
    conditions: int,
) -> str:
    """What `--dry-run` prints: lines of text.

    Args:
        shapes, config, conditions: as for `training_costs`.
        rows, shares: of each route.
        held_back: rows for validation.
    """
    costs = training_costs(shapes, config, conditions=conditions)
    passes = config.steps * config.accumulation
    lines = [
        *(f"{route}: {count} rows, {shares[route]:.0%} of the samples" for route, count in rows.items()),
        f"held back for validation: {held_back} rows",
        f"frozen: {costs.frozen / 1e6:.4g} million parameters; trained: {costs.trained / 1e6:.4g} million (rank "
        f"{config.rank})",
        f"memory of a GPU, estimated: {_gb(costs.peak_bytes)} (weights {_gb(costs.weight_bytes)}, LoRA with gradients "
        f"and optimiser {_gb(costs.trained_bytes)}, activations {_gb(costs.activation_bytes)})",
        f"steps: {config.steps} of {config.accumulation} samples a process, {costs.flops_per_sample / 1e12:.4g} TFLOP "
        "each",
        *(
            f"{name}, estimated: {costs.flops_per_sample / speed:.2g} s a sample, "
            f"{passes * costs.flops_per_sample / speed / 3600:.3g} hours on any number of them"
            for name, speed in _GPUS.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _gb(size_bytes: float) -> str:
    return f"{size_bytes / 1e9:.3g} GB"
