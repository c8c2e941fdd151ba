"""Group offloading of the pipeline: weights wait in main memory, and only the layers at work are on the device."""

import torch
from diffusers.hooks import apply_group_offloading


def offload_in_groups(
    *, blocks: list[torch.nn.Module], leaves: list[torch.nn.Module], device: torch.device, waiting: str = "cpu"
) -> None:
    """Let models wait in main memory; on CUDA the next group is fetched while one computes.

    Args:
        blocks: models that are a row of large blocks, fetched one block at a time.
        leaves: models that are fetched layer by layer.
        device: where to compute.
        waiting: where weights wait.
    """
    shared = {
        "onload_device": device,
        "offload_device": torch.device(waiting),
        "use_stream": device.type == "cuda",
    }
    for model in blocks:
        apply_group_offloading(model, offload_type="block_level", num_blocks_per_group=1, **shared)
    for model in leaves:
        apply_group_offloading(model, offload_type="leaf_level", **shared)
