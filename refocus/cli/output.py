"""What commands say: progress and the result's notes."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tqdm import tqdm

from refocus.batch import Outcome
from refocus.core import BadInput, Progress, RefocusError
from refocus.results import Refocused

_BAR = "{desc:<34} {percentage:3.0f}%|{bar:24}| {elapsed}"


def report(result: Refocused, made: str) -> None:
    """Print what was made, by which engine, in which time, and the notes."""
    seconds = f", {result.seconds['total']:.1f} s" if "total" in result.seconds else ""
    lines = [f"{made} ({result.engine}{seconds})", *(f"  {note}" for note in result.notes)]
    sys.stdout.write("\n".join(lines) + "\n")


def raise_failures(outcome: Outcome, kind: str) -> None:
    """List what could not be made, on stderr, and end the command as the gravest of them asks.

    Raises:
        BadInput: when all that failed are bad input.
        RefocusError: when something unexpected happened too.
    """
    if not outcome.failed:
        return
    sys.stderr.writelines(f"  {failure.name}: {' '.join(failure.why.split())}\n" for failure in outcome.failed)
    failed, kinds = len(outcome.failed), kind if len(outcome.failed) == 1 else f"{kind}s"
    error = BadInput if all(failure.bad_input for failure in outcome.failed) else RefocusError
    raise error(f"{failed} {kinds} failed, listed above; the others are done.", todo="Mend them and run it again.")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Progress on stderr, from the first stage on; what is refused before that is said in one clean line."""
    with ExitStack() as opened:
        bars: list[tqdm] = []

        def progress(stage: str, fraction: float) -> None:
            if not bars:
                bars.append(opened.enter_context(tqdm(total=1.0, bar_format=_BAR, leave=False, mininterval=0.25)))
            bars[0].set_description_str(stage, refresh=stage != bars[0].desc)
            bars[0].update(fraction - bars[0].n)

        yield progress
