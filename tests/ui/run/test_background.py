import threading
from pathlib import Path

import pytest

from refocus.core import BadInput, Cancelled
from refocus.ui.run.background import Reporter, Update, run_in_background


def test_updates_come_out_in_order_and_then_the_result() -> None:
    def work(report: Reporter) -> int:
        report("first", 0.0)
        report("second", 0.5)
        return 42

    updates = [(update.stage, update.fraction, update.result) for update in run_in_background(work)]
    assert updates == [("first", 0.0, None), ("second", 0.5, None), ("", 0.0, 42)]


def test_what_the_work_raises_reaches_the_consumer() -> None:
    def work(report: Reporter) -> int:
        raise BadInput("no such photo")

    with pytest.raises(BadInput, match="no such photo"):
        list(run_in_background(work))


def test_closing_the_generator_stops_the_work_and_cleans_up() -> None:
    consumer_left, ended_by = threading.Event(), []

    def work(report: Reporter) -> int:
        report("first", 0.0)
        consumer_left.wait(10)
        try:
            report("second", 0.5)
        except Cancelled as error:
            ended_by.append(error)
            raise
        return 42

    cleaned = threading.Event()
    updates = run_in_background(work, clean_up=cleaned.set)
    assert next(updates).stage == "first"
    updates.close()
    assert not cleaned.is_set()  # the work still writes its files
    consumer_left.set()
    assert cleaned.wait(10)
    assert len(ended_by) == 1


def test_a_result_that_nobody_takes_is_cleaned_up() -> None:
    stop, go_on, cleaned = threading.Event(), threading.Event(), threading.Event()

    def work(report: Reporter) -> int:
        go_on.wait(10)
        return 42

    updates = run_in_background(work, stop, cleaned.set)
    stop.set()
    with pytest.raises(Cancelled):
        next(updates)
    go_on.set()
    assert cleaned.wait(10)


@pytest.mark.parametrize("fails", [True, False])
def test_only_a_failure_is_cleaned_up_when_nobody_stops_the_work(fails: bool) -> None:
    cleaned: list[bool] = []

    def work(report: Reporter) -> int:
        if fails:
            raise BadInput("no such photo")
        return 42

    try:
        list(run_in_background(work, clean_up=lambda: cleaned.append(True)))
    except BadInput:
        assert fails
    assert cleaned == [True] * fails


def test_files_of_an_update_stay_until_it_was_consumed() -> None:
    cleaned = threading.Event()
    workers: list[threading.Thread] = []

    def work(report: Reporter) -> str:
        workers.append(threading.current_thread())
        report.send(Update(photo_preview=Path("photo.jpg")))
        raise BadInput("The map shows the same depth everywhere.")

    updates = run_in_background(work, clean_up=cleaned.set)
    next(updates)
    (worker,) = workers
    worker.join()
    assert not cleaned.is_set()
    with pytest.raises(BadInput):
        next(updates)
    assert cleaned.is_set()
