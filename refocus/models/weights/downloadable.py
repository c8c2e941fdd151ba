"""What engines and the networks that help them have in common: a description, a state, and a download."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from refocus.core import WeightsMissing
from refocus.models.runtime.devices import missing_package
from refocus.models.weights.hub import Announce


@dataclass(frozen=True, slots=True)
class DownloadableSpec:
    """Description of an engine or a helper network.

    Attributes:
        name: identifier ("thin-lens").
        title: name for display ("Thin lens").
        summary: one sentence on what it does.
        needs: one sentence on memory, download size and licence.
    """

    name: str
    title: str
    summary: str
    needs: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine or a helper network can run on this computer.

    Attributes:
        ready: whether it can.
        why: what is missing when it cannot.
        todo: what to do about that.
        only_by_name: why "auto" never takes it although it can run, such as the hours it would take; else empty.
    """

    ready: bool
    why: str = ""
    todo: str = ""
    only_by_name: str = ""


def checked_readiness(check: Callable[[], object]) -> Readiness:
    """Ready when all packages are installed and `check`, which looks for the weights, raises no `WeightsMissing`."""
    package = missing_package()
    if package is not None:
        return Readiness(
            False,
            f"the package {package} is not installed.",
            "Run: pip install -r requirements.txt -c constraints.txt.",
        )
    try:
        check()
    except WeightsMissing as error:
        return Readiness(False, error.message, error.todo)
    return Readiness(True)


class Downloadable(Protocol):
    """An engine, or a helper network, whose weights may have to be downloaded."""

    @property
    def spec(self) -> DownloadableSpec:
        """Its description."""

    def readiness(self) -> Readiness:
        """Check, without loading anything, whether it can run on this computer."""

    def download(self, announce: Announce) -> None:
        """Download what is missing from the Hugging Face hub; size and licence are announced first.

        Raises:
            WeightsMissing: when the hub does not answer or refuses.
            Cancelled: from `announce`, passed on.
        """
