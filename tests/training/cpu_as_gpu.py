"""`python -m refocus` where accelerate takes processors for GPUs: it divides weights (FSDP) between GPUs alone."""

import os
import sys

import torch
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType

from refocus.cli import main

if __name__ == "__main__":
    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    torch.distributed.init_process_group("gloo")
    PartialState._prepare_backend = lambda *_, **__: ("gloo", DistributedType.MULTI_GPU)
    status = main(sys.argv[1:])
    assert AcceleratorState().distributed_type is DistributedType.FSDP
    torch.distributed.destroy_process_group()
    sys.exit(status)
