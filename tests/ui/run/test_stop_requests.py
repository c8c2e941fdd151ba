from refocus.ui.run.background import StopRequests


def test_a_stop_reaches_the_job_of_its_own_session() -> None:
    jobs = StopRequests()
    with jobs.running("me") as mine, jobs.running("you") as yours:
        jobs.stop("me", waits=True)
        assert mine.is_set()
        assert not yours.is_set()


def test_a_newer_job_of_a_session_is_the_one_that_is_stopped() -> None:
    jobs = StopRequests()
    with jobs.running("me") as old:
        with jobs.running("me") as new:
            jobs.stop("me", waits=True)
        assert new.is_set()
        assert not old.is_set()


def test_a_stop_before_the_job_starts_is_not_lost_and_counts_once() -> None:
    jobs = StopRequests()
    jobs.stop("me", waits=True)
    with jobs.running("me") as first:
        assert first.is_set()
    with jobs.running("me") as second:
        assert not second.is_set()


def test_a_stop_after_the_job_has_ended_does_not_stop_what_follows() -> None:
    jobs = StopRequests()
    with jobs.running("me"):
        pass
    jobs.stop("me", waits=False)
    with jobs.running("me") as export:
        assert not export.is_set()


def test_a_stop_before_an_announced_job_is_in_the_queue_is_for_that_job_alone() -> None:
    jobs = StopRequests()
    number = jobs.replace("me")
    jobs.stop("me", waits=False)
    with jobs.running("me") as export:
        assert not export.is_set()
    with jobs.running("me", number=number) as stack:
        assert stack.is_set()
    jobs.stop("me", waits=False)  # after its end
    with jobs.running("me", number=jobs.replace("me")) as following:
        assert not following.is_set()


def test_a_replaced_job_stops_and_the_next_one_does_not() -> None:
    jobs = StopRequests()
    with jobs.running("me") as old:
        jobs.replace("me")
        assert old.is_set()
    jobs.stop("me", waits=True)  # its turn never comes
    jobs.replace("me")
    with jobs.running("me") as new:
        assert not new.is_set()


def test_nothing_is_kept_for_a_session_that_has_ended() -> None:
    jobs = StopRequests()
    jobs.stop("me", waits=True)  # its job never starts: the user closes the page
    assert jobs.sessions() == {"me"}
    jobs.forget("me")
    assert jobs.sessions() == set()


def test_a_job_that_waited_while_another_replaced_it_does_not_start_working() -> None:
    jobs = StopRequests()
    waiting, latest = jobs.replace("me"), jobs.replace("me")
    with jobs.running("me", number=waiting) as old:
        assert old.is_set()
        assert old.replaced
    with jobs.running("me", number=latest) as new:
        assert not new.is_set()
    with jobs.running("you", number=1) as other:
        assert not other.is_set()


def test_a_stop_is_for_the_latest_of_the_jobs_that_wait() -> None:
    jobs = StopRequests()
    waiting, latest = jobs.replace("me"), jobs.replace("me")
    jobs.stop("me", waits=True)
    with jobs.running("me", number=waiting) as old:
        assert old.replaced
    with jobs.running("me", number=latest) as new:
        assert new.is_set()
        assert not new.replaced
