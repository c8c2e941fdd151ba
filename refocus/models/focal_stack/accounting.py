"""Counts what the real model takes, without its weights: parameters, live activations and arithmetic.

The models are built from their published configs on PyTorch's meta device, where tensors have shapes but no memory,
and run once while every tensor that is alive is counted. `memory` keeps the results as numbers.
"""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from refocus.core.focal_stack import DEFAULT_FRAMES

_DEEP = "CrossAttn{}BlockSpatioTemporal"
SVD_UNET: Mapping[str, Any] = {
    "in_channels": 8,
    "out_channels": 4,
    "down_block_types": (*[_DEEP.format("Down")] * 3, "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", *[_DEEP.format("Up")] * 3),
    "block_out_channels": (320, 640, 1280, 1280),
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 768,
    "layers_per_block": 2,
    "cross_attention_dim": 1024,
    "num_attention_heads": (5, 10, 20, 20),
    "num_frames": 14,
    "sample_size": 96,
}
"""Config of the UNet of Stable Video Diffusion."""
SVD_VAE: Mapping[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 768,
}
"""Config of its VAE."""
SVD_CLIP: Mapping[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
    "projection_dim": 1024,
    "hidden_act": "gelu",
}
"""Config of its image encoder, CLIP ViT-H/14."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one pass through a model takes: bytes of activations alive at once, and floating-point operations."""

    peak_bytes: int
    flops: int


def build_unet() -> UNetSpatioTemporalConditionModel:
    """The UNet's outline on the meta device."""
    with torch.device("meta"):
        return UNetSpatioTemporalConditionModel(**SVD_UNET).to("meta").eval()  # some buffers ignore the context


def build_vae() -> AutoencoderKLTemporalDecoder:
    """The VAE's outline on the meta device."""
    with torch.device("meta"):
        return AutoencoderKLTemporalDecoder(**SVD_VAE).to("meta").eval()


def build_clip() -> CLIPVisionModelWithProjection:
    """The image encoder's outline on the meta device."""
    with torch.device("meta"):
        return CLIPVisionModelWithProjection(CLIPVisionConfig(**SVD_CLIP)).to("meta").eval()


def count_unet(width: int, height: int, *, halves: int, frames: int = DEFAULT_FRAMES) -> Work:
    """One UNet pass in 16 bits at a working size in pixels."""
    unet = build_unet().half()
    latents = _meta(halves, frames, 8, height // 8, width // 8)
    embeddings, time_ids = _meta(halves, 1, 1024), _meta(halves, 3)
    return count(lambda: unet(latents, _meta(1)[0], embeddings, time_ids))


def count_decode(width: int, height: int, *, chunk: int) -> Work:
    """Decoding one chunk of frames in 16 bits."""
    vae = build_vae().half()
    latents = _meta(chunk, 4, height // 8, width // 8)
    return count(lambda: vae.decode(latents, num_frames=chunk))


def count_encode(width: int, height: int) -> Work:
    """Encoding one frame in float32."""
    vae = build_vae()
    frame = _meta(1, 3, height, width).float()
    return count(lambda: vae.encode(frame))


def parameters(model: torch.nn.Module) -> int:
    """How many parameters a model has."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def count(run: Callable[[], Any]) -> Work:
    """Count what a call takes whose tensors are on the meta device."""
    memory, attention = _LiveBytes(), _FusedAttention()
    with FlopCounterMode(display=False) as flops, memory, attention:
        run()
    return Work(memory.peak_bytes, flops.get_total_flops() + attention.flops)


def _meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.float16, device="meta")


class _LiveBytes(TorchDispatchMode):
    """Sums the storages that are alive and keeps the highest sum."""

    def __init__(self) -> None:
        super().__init__()
        self.peak_bytes = 0
        self._alive_bytes = 0
        self._known: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # What was there before, such as parameters, must not count when a view of it comes out.
        self._add(tree_leaves((args, kwargs)), counted=False)
        result = func(*args, **kwargs)
        self._add(tree_leaves(result), counted=True)
        return result

    def _add(self, values: list[Any], *, counted: bool) -> None:
        for value in values:
            if isinstance(value, torch.Tensor) and value.untyped_storage()._cdata not in self._known:
                self._track(value.untyped_storage(), counted)

    def _track(self, storage: torch.UntypedStorage, counted: bool) -> None:
        key = storage._cdata
        size_bytes = storage.nbytes() if counted else 0

        def gone(_reference: Any) -> None:
            self._alive_bytes -= size_bytes
            del self._known[key]

        self._known[key] = weakref.ref(storage, gone)
        self._alive_bytes += size_bytes
        self.peak_bytes = max(self.peak_bytes, self._alive_bytes)


class _FusedAttention(TorchFunctionMode):
    """Counts attention as fused kernels do it: the output alone, never the matrix of all pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.nn.functional.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        query, key = args[0], args[1]
        self.flops += 4 * query.numel() * key.shape[-2]  # two products of queries x keys x channels
        return torch.empty_like(query)
