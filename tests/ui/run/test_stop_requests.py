from refocus.ui.run.stop_requests import Runs


def test_a_stop_reaches_the_run_of_its_own_session() -> None:
    runs = Runs()
    with runs.running("me") as mine, runs.running("you") as yours:
        runs.stop("me")
        assert mine.is_set()
        assert not yours.is_set()


def test_a_newer_run_of_a_session_is_the_one_that_is_stopped() -> None:
    runs = Runs()
    with runs.running("me") as old:
        with runs.running("me") as new:
            runs.stop("me")
        assert new.is_set()
        assert not old.is_set()


def test_a_stop_before_the_run_is_there_is_not_lost_and_counts_once() -> None:
    runs = Runs()
    runs.stop("me")
    with runs.running("me") as unwanted:
        assert unwanted.is_set()
    with runs.running("me") as wanted:
        assert not wanted.is_set()


def test_what_makes_way_for_the_next_run_does_not_stop_that_one() -> None:
    runs = Runs()
    with runs.running("me") as old:
        runs.make_way("me")
        assert old.is_set()
    runs.stop("me")  # too late: nothing ran
    runs.make_way("me")
    with runs.running("me") as wanted:
        assert not wanted.is_set()
