import logging
import threading
import warnings

import pytest

from refocus.media.quiet import quiet_decoders


def test_warnings_and_pillows_log_are_dropped_inside_and_only_inside(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("PIL.SomePlugin")
    with quiet_decoders():
        warnings.warn("inside", stacklevel=1)
        logger.error("inside")
    with pytest.warns(UserWarning, match="outside"):
        warnings.warn("outside", stacklevel=1)
    logger.error("outside")
    assert [record.message for record in caplog.records] == ["outside"]


def test_it_is_undone_after_an_error() -> None:
    before = logging.getLogger("PIL").level
    with pytest.raises(KeyError), quiet_decoders():
        raise KeyError
    assert logging.getLogger("PIL").level == before
    with quiet_decoders():  # the lock is free again
        pass


def test_threads_take_turns_and_leave_the_filters_as_they_were() -> None:
    before = list(warnings.filters)

    def work() -> None:
        for _ in range(50):
            with quiet_decoders():
                warnings.warn("dropped", stacklevel=1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
