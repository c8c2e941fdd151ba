import threading

import cv2
import pytest
import torch
from threadpoolctl import threadpool_info

from refocus.core.threads import on_cores, on_one_core


def openmp_threads() -> set[int]:
    torch.ones(1 << 16).add_(1)  # the first work of a thread is where torch sets its share
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "openmp"}


def test_results_come_in_order() -> None:
    assert list(on_cores(lambda item: item * item, range(20))) == [item * item for item in range(20)]


def test_each_worker_has_one_core_and_the_caller_keeps_its_own() -> None:
    before = openmp_threads()
    assert set().union(*on_cores(lambda _: openmp_threads(), range(8))) == {1}
    assert on_one_core(openmp_threads) == {1}
    assert openmp_threads() == before


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(on_cores(lambda item: 1 / item, [1, 0]))


def test_leaving_early_leaves_the_rest_undone() -> None:
    begun, go_on = [], threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item:
            go_on.wait(10)
        return item

    results = on_cores(work, range(100))
    assert next(results) == 0
    threading.Timer(0.2, go_on.set).start()
    results.close()
    assert len(begun) < 100


def test_overlapping_work_leaves_opencv_its_threads() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        first, second = on_cores(lambda item: item, range(3)), on_cores(lambda item: item, range(3))
        next(first)
        next(second)
        first.close()
        second.close()
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
