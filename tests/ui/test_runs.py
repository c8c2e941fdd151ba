from refocus.ui.runs import Runs


def test_a_stop_reaches_the_run_of_its_own_session() -> None:
    runs = Runs()
    with runs.running("me") as mine, runs.running("you") as yours:
        assert runs.stop("me")
        assert mine.is_set()
        assert not yours.is_set()
    assert not runs.stop("me")


def test_a_newer_run_of_a_session_is_the_one_that_is_stopped() -> None:
    runs = Runs()
    with runs.running("me") as old:
        with runs.running("me") as new:
            runs.stop("me")
        assert new.is_set()
        assert not old.is_set()
        assert not runs.stop("me")
