"""What to say when a model runs out of memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from refocus.core import EngineNotReady


@contextmanager
def out_of_memory_said(todo: str) -> Iterator[None]:
    """Turn what torch raises when memory runs out into one clear error, and give back what it had taken.

    Args:
        todo: what would need less.
    """
    try:
        yield
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        # The traceback's frames hold the run's tensors: let them go before the cache can be emptied.
        where = " ".join(str(error).split())[:160].rstrip(". ")
        error.__traceback__ = None
        _empty_cache()
        raise EngineNotReady(f"The memory did not suffice: {where}.", todo=todo) from error


def _is_out_of_memory(error: RuntimeError) -> bool:
    import torch

    said = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in said or "can't allocate memory" in said


def _empty_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
