"""What commands say and ask: progress, the result's notes, failures, and consent to a download."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tqdm import tqdm

from refocus.batch import Outcome
from refocus.core import BadInput, Cancelled, Progress, RefocusError
from refocus.models.weights.hub import Download
from refocus.results import Refocused

_BAR = "{desc:<34} {percentage:3.0f}%|{bar:24}| {elapsed}"


def report(result: Refocused, made: str) -> None:
    """Print what was made, by which engine, in which time, and the notes."""
    seconds = f", {result.seconds['total']:.1f} s" if "total" in result.seconds else ""
    lines = [f"{made} ({result.engine}{seconds})", *(f"  {note}" for note in result.notes)]
    sys.stdout.write("\n".join(lines) + "\n")


def raise_failures(outcome: Outcome, kind: str) -> None:
    """List on stderr what could not be made, and raise the error that decides the exit status.

    Raises:
        BadInput: when all that failed are bad input.
        RefocusError: when something unexpected happened too.
    """
    if not outcome.failed:
        return
    sys.stderr.writelines(f"  {failure.name}: {' '.join(failure.why.split())}\n" for failure in outcome.failed)
    failed, kinds = len(outcome.failed), kind if len(outcome.failed) == 1 else f"{kind}s"
    error = BadInput if all(failure.bad_input for failure in outcome.failed) else RefocusError
    others = "; the others are done" if outcome.made or outcome.skipped else ""
    raise error(f"{failed} {kinds} failed, listed above{others}.", todo="Correct them and run it again.")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Progress on stderr, from the first stage on, so that an error before it is one clean line."""
    with ExitStack() as opened:
        bars: list[tqdm] = []

        def progress(stage: str, fraction: float) -> None:
            if not bars:
                bars.append(opened.enter_context(tqdm(total=1.0, bar_format=_BAR, leave=False, mininterval=0.25)))
            bars[0].set_description_str(stage, refresh=stage != bars[0].desc)
            bars[0].update(fraction - bars[0].n)

        yield progress


def agree(download: Download, agreed: bool) -> None:
    """Say what will be downloaded, under which licence, and ask."""
    sys.stderr.write(f"{download}\n")
    if agreed:
        return
    if not sys.stdin.isatty():
        raise BadInput("Nobody is there to agree to the licence.", todo="Read it, then add --yes.")
    sys.stderr.write("Download it, and keep to its licence? [y/N] ")
    if input().strip().lower() not in {"y", "yes"}:
        raise Cancelled
