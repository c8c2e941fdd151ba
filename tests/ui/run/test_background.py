import threading
from collections.abc import Generator

import pytest

from refocus.core import BadInput, Cancelled, Progress
from refocus.ui.run.background import Done, Update, in_background


def test_updates_come_out_in_order_and_then_the_result() -> None:
    def work(progress: Progress) -> int:
        progress("first", 0.0)
        progress("second", 0.5)
        return 42

    assert list(in_background(work)) == [Update("first", 0.0), Update("second", 0.5), Done(42)]


def test_what_the_work_raises_reaches_the_consumer() -> None:
    def work(progress: Progress) -> None:
        raise BadInput("no such photo")

    with pytest.raises(BadInput, match="no such photo"):
        list(in_background(work))


def test_closing_the_generator_stops_the_work() -> None:
    consumer_left, ended_by = threading.Event(), []

    def work(progress: Progress) -> None:
        try:
            progress("first", 0.0)
            consumer_left.wait(10)
            progress("second", 0.5)
        except Cancelled as error:
            ended_by.append(error)
            raise
        finally:
            finished.set()

    finished = threading.Event()
    updates = in_background(work)
    assert next(updates) == Update("first", 0.0)
    assert isinstance(updates, Generator)
    updates.close()
    consumer_left.set()
    assert finished.wait(10)
    assert len(ended_by) == 1
