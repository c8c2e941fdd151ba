"""Device, data type, free memory and expected duration of a model's run. A first check of the device needs no torch."""

import importlib.util
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from refocus.core import EngineNotReady

if TYPE_CHECKING:
    import torch

_PACKAGES = ("torch", "diffusers", "transformers", "accelerate")
_CPU_FLOPS_PER_CORE = 35e9  # measured on convolutions and matrix products in float32 of the models' shapes
_USE_CPU = "To run it on the processor, set REFOCUS_DEVICE=cpu."


def missing_package() -> str | None:
    """Name of a package that the networks need and that is not installed, or None. Imports none of them."""
    return next((name for name in _PACKAGES if importlib.util.find_spec(name) is None), None)


def likely_device(chosen: str | None, *, zero_gpu: bool) -> str:
    """The device a model will probably run on: "cuda", "mps", "cpu" or the one in the settings. Does not import torch.

    Args:
        chosen: device in the settings, or None.
        zero_gpu: whether this is a Space on ZeroGPU.
    """
    if chosen is not None:
        return chosen
    if zero_gpu:
        return "cuda"
    if "torch" in sys.modules:
        return _best_device()
    if platform.system() == "Darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    return "cuda" if shutil.which("nvidia-smi") and not _built_for_cpu() else "cpu"


def find_device(chosen: str | None, *, zero_gpu: bool) -> "torch.device":
    """The device to load a model onto.

    Args:
        chosen: device in the settings, or None.
        zero_gpu: whether this is a Space on ZeroGPU.

    Raises:
        EngineNotReady: when the device does not exist, or PyTorch cannot use it.
    """
    likely = likely_device(chosen, zero_gpu=zero_gpu)
    import torch

    if zero_gpu:
        return torch.device(likely)
    kind = torch.device(likely).type
    usable = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not usable[kind]:
        why = f"REFOCUS_DEVICE is {chosen}" if chosen else "There seems to be a GPU here"
        raise EngineNotReady(
            f"{why}, but PyTorch {torch.__version__} cannot use it.", todo=f"Install PyTorch for it. {_USE_CPU}"
        )
    index = torch.device(likely).index
    if kind == "cuda" and index is not None and index >= torch.cuda.device_count():
        raise EngineNotReady(
            f"REFOCUS_DEVICE is {chosen}, but there are {torch.cuda.device_count()} GPUs.", todo="Count from cuda:0."
        )
    return torch.device(likely)


def model_dtype(device: "torch.device") -> "torch.dtype":
    """Data type of a model's weights: float32 on a processor; on a GPU bfloat16 where it is fast, else float16."""
    import torch

    if device.type == "cpu":
        return torch.float32
    bfloat16 = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if bfloat16 else torch.float16


def free_bytes(device: "torch.device") -> int:
    """Memory that is still free for this process on a device."""
    import psutil
    import torch

    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return int(psutil.virtual_memory().available)


def cores() -> int:
    """Number of processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_seconds(flops: float) -> float:
    """Estimated seconds for that many floating-point operations on this computer's processor."""
    return flops / (_CPU_FLOPS_PER_CORE * cores())


def format_duration(seconds: float) -> str:
    """A rounded duration for messages: "a few seconds", "about 3 minutes", "about 8 hours"."""
    if seconds < 20:
        return "a few seconds"
    if seconds < 90:
        return "about a minute"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600)} hours"


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _built_for_cpu() -> bool:
    try:
        return version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return True
