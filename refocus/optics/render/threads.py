"""Work spread over the processor's cores: several pictures at once, each on one core.

Pictures of a stack do not need each other, so this is twice as fast as giving all cores to one picture after the
other. It also keeps OpenMP's threads from waiting for each other in busy loops, which takes many times the time
itself as soon as anything else runs on the machine.
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_AT_ONCE = 4  # each holds pictures of its own in memory


def on_cores(work: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result, None, None]:
    """work(item) for each item, several at a time; yields the results in order.

    When the consumer closes the generator, items not yet begun are left out.
    """
    with (
        _opencv_in_one_thread(),
        ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1), initializer=_take_one_core) as pool,
    ):
        yield from pool.map(work, items)


def on_one_core(work: Callable[[], Result]) -> Result:
    """work() on a single core."""
    with _opencv_in_one_thread(), ThreadPoolExecutor(1, initializer=_take_one_core) as pool:
        return pool.submit(work).result()


@contextmanager
def _opencv_in_one_thread() -> Iterator[None]:
    """OpenCV counts its threads for the whole process, so work side by side may find one more or less: no harm."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _take_one_core() -> None:
    import torch
    from threadpoolctl import threadpool_limits

    torch.get_num_threads()  # torch sets a thread's share at its first use; a limit set before would be undone
    threadpool_limits(1, user_api="openmp")
