"""Parallel work on the processor: several pictures at once, each on one core.

The pictures of a stack are independent, so this is twice as fast as rendering one after the other with all cores. It
also avoids the busy waiting of OpenMP's threads, which costs a multiple of the work itself when the machine is loaded.
OpenCV keeps its number of threads, which can only be set for the whole process: a call that finds its pool busy runs
in the calling thread.
"""

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MAX_WORKERS = 4  # each holds pictures of its own in memory


def on_cores(work: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result, None, None]:
    """Call `work` for each item, several at a time, and yield the results in order.

    When the consumer closes the generator, items that have not begun are skipped.
    """
    workers = min(_MAX_WORKERS, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers, initializer=_use_one_openmp_thread) as pool:
        yield from pool.map(work, items)


def on_one_core(work: Callable[[], Result]) -> Result:
    """Call `work` on a single core."""
    return begin_on_one_core(work).result()


def begin_on_one_core(work: Callable[[], Result]) -> "Future[Result]":
    """Call `work` on a single core while the caller goes on."""
    pool = ThreadPoolExecutor(1, initializer=_use_one_openmp_thread)
    begun = pool.submit(work)
    pool.shutdown(wait=False)
    return begun


def _use_one_openmp_thread() -> None:
    """Limit OpenMP, and with it torch, in the calling thread only."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.get_num_threads()  # torch sets a thread's number at its first use, which would undo a limit set before
    threadpool_limits(1, user_api="openmp")
