"""Memory modes of the diffusion models: how much memory each takes on the device, and what fits.

Estimates are sums of parameter counts and activation peaks, not measurements. Each model supplies its numbers in its
own `memory` module; tests count them again on PyTorch's meta device, without weights.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from refocus.core import EngineNotReady

CARDS_GIB = (12, 16, 24, 48)

Offload = Literal["none", "model", "group"]
"""Weights kept in main memory: none, all models but the running one, or all layers but the running ones."""


@dataclass(frozen=True, slots=True)
class MemoryMode:
    """How a diffusion model is held in memory.

    Attributes:
        name: for settings and messages.
        weight_bits: 32 (float32), 16 (float16, bfloat16), or 8 and 4 for quantized weights with 16-bit activations.
        offload: see `Offload`.
        batch_guidance: video model: both halves of classifier-free guidance in one UNet pass.
        decode_chunk_size: video model: frames decoded together; 8 as published, fewer change the frames slightly.
        vae_tile_px: FLUX: larger photos go through the VAE in tiles of this side, which changes them slightly.
    """

    name: str
    weight_bits: int = 16
    offload: Offload = "none"
    batch_guidance: bool = True
    decode_chunk_size: int = 8
    vae_tile_px: int = 2048

    @property
    def value_bytes(self) -> int:
        """Bytes of an activation, and of a weight that is not quantized."""
        return 4 if self.weight_bits == 32 else 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Memory of one part of a run.

    Attributes:
        models: on the device with model offload: the running one, and those that are only moved out by the next.
        activation_bytes: peak of activations and other temporary tensors.
        group_bytes: weights on the device with group offload.
    """

    models: tuple[str, ...]
    activation_bytes: float
    group_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Memory of a run on the device.

    Attributes:
        offload: of the mode.
        weight_bytes: by name of the model.
        stages: by name.
        allowance_bytes: for the device's context, kernel workspaces and fragmentation; not counted.
    """

    offload: Offload
    weight_bytes: Mapping[str, float]
    stages: Mapping[str, Stage]
    allowance_bytes: float

    def stage_bytes(self, name: str) -> int:
        """Peak during one stage."""
        stage = self.stages[name]
        if self.offload == "group":
            weights = stage.group_bytes
        elif self.offload == "model":
            weights = sum(self.weight_bytes[model] for model in stage.models)
        else:
            weights = sum(self.weight_bytes.values())
        return round(weights + stage.activation_bytes + self.allowance_bytes)

    @property
    def peak_bytes(self) -> int:
        """Peak of the whole run."""
        return max(map(self.stage_bytes, self.stages))


def mode_named(name: str, modes: Sequence[MemoryMode], model: str, hint: str = "") -> MemoryMode:
    """The mode of that name.

    Args:
        name: from the settings.
        modes: available on this device.
        model: name of the model, for the message.
        hint: a sentence about modes that are not available.

    Raises:
        EngineNotReady: when no mode has that name.
    """
    for mode in modes:
        if mode.name == name:
            return mode
    names = "; ".join(mode.name for mode in modes)
    raise EngineNotReady(
        f"{model} has no memory mode {name!r} on this device.",
        todo=f"Set REFOCUS_MEMORY to one of: {names}. {hint}".rstrip(),
    )


def memory_table(peak_bytes: Iterable[tuple[str, int]]) -> str:
    """A Markdown table of memory modes (name, peak) and the graphics cards they fit."""
    lines = [
        "| mode | GiB | " + " | ".join(f"{card} GB card" for card in CARDS_GIB) + " |",
        "|---|---|" + "---|" * len(CARDS_GIB),
    ]
    for name, peak in peak_bytes:
        gib = peak / 2**30
        fits = " | ".join("yes" if gib <= card else "no" for card in CARDS_GIB)
        lines.append(f"| {name} | {gib:.1f} | {fits} |")
    return "\n".join(lines)


@contextmanager
def explain_out_of_memory(todo: str) -> Iterator[None]:
    """Turn torch's out-of-memory errors into EngineNotReady, and free the memory of the failed run.

    Args:
        todo: what needs less memory.
    """
    try:
        yield
    except RuntimeError as error:
        import torch

        if not is_out_of_memory(error):
            raise
        # The frames of the traceback hold the run's tensors: drop them before the cache is emptied.
        details = " ".join(str(error).split())[:160].rstrip(". ")
        error.__traceback__ = None
        torch.cuda.empty_cache()
        raise EngineNotReady(f"Out of memory: {details}.", todo=todo) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether torch raised an error because memory ran out."""
    import torch

    message = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(
        words in message for words in ("out of memory", "can't allocate memory")
    )
