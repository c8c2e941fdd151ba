"""What each way of holding FLUX.1-dev needs of a graphics card, computed from parameter and activation counts.

Parameters are counted on models of FLUX.1-dev's configuration built on the meta device (no memory, no weights).
Activations were counted once by running the real shapes on the meta device in bfloat16 and adding up what is alive:
the transformer holds about 11 values of its width for each token (rounded up to 12), the VAE 640 values for each pixel
when encoding and 770 when decoding. Attention is taken to be fused, as it is on every card of the last years.
These are estimates: libraries' work spaces and fragmentation are covered by one allowance of 1.5 GiB.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from refocus.models.cards import memory_table
from refocus.models.generative_refocus.sizing import TOKEN_PX, working_size
from refocus.models.generative_refocus.tiling import TILE_TOKENS, can_tile

if TYPE_CHECKING:
    from torch import nn

_VALUE_BYTES = 2
_BYTES_PER_WEIGHT = {16: 2.0, 8: 1.0, 4: 0.5 + 4 / 64}  # 4 bits: one float32 scale for each 64 weights
_TEXT_TOKENS = 512
_WIDTH = 3072
_WIDTHS_PER_TOKEN = 12
_KEPT_WIDTHS_PER_CONDITION_TOKEN = 4
_ENCODE_VALUES_PER_PX = 640
_DECODE_VALUES_PER_PX = 770
_ALLOWANCE_BYTES = 1.5 * 2**30
_LORA_RANK = 128


@dataclass(frozen=True, slots=True)
class FluxParameters:
    """Parameter counts of FLUX.1-dev.

    Attributes:
        clip, t5, transformer, vae: of the whole models.
        largest_block: of the transformer, without LoRA.
        outside_blocks: of the transformer.
        largest_t5_layer: its token embedding.
        largest_linear: of the transformer; quantised weights are unpacked one layer at a time.
        lora: of one adapter.
        lora_in_block: of one adapter, in the block that has most.
    """

    clip: int
    t5: int
    transformer: int
    vae: int
    largest_block: int
    outside_blocks: int
    largest_t5_layer: int
    largest_linear: int
    lora: int
    lora_in_block: int


@dataclass(frozen=True, slots=True)
class MemoryMode:
    """A way to hold the model, as `from_pretrained(bits=...)` and `place(offload=...)` take it.

    Attributes:
        name: as people choose it.
        bits: of a weight of the transformer and T5.
        offload: "none", "model" or "group".
        vae_tile_px: for `tile_vae_above`.
    """

    name: str
    bits: int
    offload: str
    vae_tile_px: int


MODES = (
    MemoryMode("bf16", 16, "none", 2048),
    MemoryMode("8-bit", 8, "none", 2048),
    MemoryMode("bf16, model offload", 16, "model", 2048),
    MemoryMode("8-bit, model offload", 8, "model", 1024),
    MemoryMode("4-bit", 4, "none", 1024),
    MemoryMode("4-bit, model offload", 4, "model", 1024),
    MemoryMode("bf16, group offload", 16, "group", 1024),
)
"""From the most faithful and fastest to the leanest."""


def estimate_bytes(
    mode: MemoryMode, width: int, height: int, *, conditions: int = 2, lora_rank: int = _LORA_RANK
) -> int:
    """Peak memory of a run on the card, both LoRAs loaded.

    Args:
        mode: how the model is held; computing is in bfloat16.
        width, height: of the photo.
        conditions: 2 for BokehNet and for DeblurNet with a pre-deblurred picture, else 1.
        lora_rank: rank of the LoRAs.
    """
    count = flux_parameters(lora_rank)
    per_weight = _BYTES_PER_WEIGHT[mode.bits]
    unpacking = 0 if mode.bits == 16 else _VALUE_BYTES * count.largest_linear
    loras, vae, clip = (_VALUE_BYTES * n for n in (2 * count.lora, count.vae, count.clip))
    t5, transformer = per_weight * count.t5, per_weight * count.transformer
    tokens_alive = _transformer_bytes(width, height, conditions)
    encoding, decoding = (
        _VALUE_BYTES * values * _vae_pixels(mode, width, height)
        for values in (_ENCODE_VALUES_PER_PX, _DECODE_VALUES_PER_PX)
    )
    if mode.offload == "none":
        peak = clip + t5 + transformer + loras + vae + max(tokens_alive + unpacking, decoding)
    elif mode.offload == "model":
        peak = max(t5 + vae + encoding, transformer + loras + vae + tokens_alive + unpacking, vae + decoding)
    else:
        blocks = 2 * (count.largest_block + 2 * count.lora_in_block)  # the one at work and the next
        at_work = _VALUE_BYTES * (blocks + count.outside_blocks) + tokens_alive
        peak = max(2 * _VALUE_BYTES * count.largest_t5_layer, at_work, decoding)
    return round(peak + _ALLOWANCE_BYTES)


def fitting_modes(card_gib: float, width: int, height: int) -> list[MemoryMode]:
    """The modes in which a photo of this size runs on a card of this many GiB, best first."""
    return [mode for mode in MODES if estimate_bytes(mode, width, height) <= card_gib * 2**30]


def modes_table(width: int, height: int) -> str:
    """A Markdown table for people: each mode's estimate for a photo of this size, and the cards it fits."""
    return memory_table((mode.name, estimate_bytes(mode, width, height) / 2**30) for mode in MODES)


@functools.cache
def flux_parameters(lora_rank: int = _LORA_RANK) -> FluxParameters:
    """Count FLUX.1-dev's parameters on the meta device."""
    import torch
    from diffusers import FluxTransformer2DModel
    from torch import nn

    from refocus.models.generative_refocus.transformer import BranchedFlux

    with torch.device("meta"):
        clip, t5, vae = _other_models()
        flux = BranchedFlux(FluxTransformer2DModel(guidance_embeds=True))
    blocks = [*flux.double_blocks, *flux.single_blocks]
    loras: Counter[str] = Counter()
    for name, layer in flux.adapted().items():
        loras[".".join(name.split(".")[:2])] += lora_rank * sum(cast("nn.Linear", layer.base).weight.shape)
    linears = [layer for layer in flux.modules() if isinstance(layer, nn.Linear)]
    return FluxParameters(
        clip=_size(clip),
        t5=_size(t5),
        transformer=_size(flux),
        vae=_size(vae),
        largest_block=max(map(_size, blocks)),
        outside_blocks=_size(flux) - sum(map(_size, blocks)),
        largest_t5_layer=max(parameter.numel() for parameter in t5.parameters()),
        largest_linear=max(layer.weight.numel() for layer in linears),
        lora=sum(loras.values()),
        lora_in_block=max(loras.values()),
    )


def _other_models() -> tuple[nn.Module, nn.Module, nn.Module]:
    """CLIP, T5 and VAE in FLUX.1-dev's configuration; to be called where tensors are made on the meta device."""
    from diffusers import AutoencoderKL
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    clip = CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, vocab_size=49408
    )
    t5 = T5Config(
        d_model=4096, d_ff=10240, d_kv=64, num_layers=24, num_heads=64, vocab_size=32128, feed_forward_proj="gated-gelu"
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        latent_channels=16,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    return CLIPTextModel(clip), T5EncoderModel(t5), vae


def _transformer_bytes(width: int, height: int, conditions: int) -> int:
    working_width, working_height = working_size(width, height)
    rows, columns = working_height // TOKEN_PX, working_width // TOKEN_PX
    at_once = TILE_TOKENS**2 if can_tile(rows, columns) else rows * columns
    alive = _WIDTHS_PER_TOKEN * (_TEXT_TOKENS + (1 + conditions) * at_once)
    # Tiles overlap by 4 of 32 tokens in each direction, and each keeps its own part of the conditions.
    overlap = (TILE_TOKENS / (TILE_TOKENS - 4)) ** 2 if can_tile(rows, columns) else 1.0
    kept = _KEPT_WIDTHS_PER_CONDITION_TOKEN * conditions * rows * columns * overlap
    return round(_VALUE_BYTES * _WIDTH * (alive + kept))


def _vae_pixels(mode: MemoryMode, width: int, height: int) -> int:
    return min(width, mode.vae_tile_px) * min(height, mode.vae_tile_px)


def _size(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
