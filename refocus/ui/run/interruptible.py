"""Work of a session that its Stop button ends, and that gives way to the session's next photo."""

from collections.abc import Callable, Generator

from refocus.ui.app_context import AppContext
from refocus.ui.run.background import Reporter, Result, Update, run_in_background
from refocus.ui.run.job_context import JobContext


def run_interruptibly(
    context: AppContext,
    work: Callable[[Reporter], Result],
    job: JobContext,
    clean_up: Callable[[], None] = lambda: None,
) -> Generator[Update[Result], None, None]:
    """Run `work(reporter)` until its user stops it, opens another photo, or leaves; its progress goes to the user.

    Args:
        context: knows the running jobs of each session.
        work: as in `run_in_background`.
        job: who requested it.
        clean_up: as in `run_in_background`.

    Yields:
        Previews, then the result.

    Raises:
        Cancelled: when it was stopped.
        whatever the work raises.
    """
    with context.photo_jobs.running(job.session, job.has_left, job.number) as stop:
        for update in run_in_background(work, stop, clean_up):
            if update.stage:
                job.report(update.stage, update.fraction)
            else:
                yield update


def finished(updates: Generator[Update[Result], None, None]) -> Result:
    """The result of work without previews."""
    *_, last = updates
    if last.result is None:
        raise TypeError("The work returned nothing.")
    return last.result
