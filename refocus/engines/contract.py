"""What every engine promises: a request in, a Refocused out, and plain words on what it needs; and its helpers."""

from dataclasses import dataclass
from typing import Protocol

from refocus.core import Progress
from refocus.media import Photo
from refocus.models.weights.hub import Announce
from refocus.results.observer import NOBODY, Onlooker
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine, or a helper, as a user meets it.

    Attributes:
        name: as typed ("thin-lens").
        title: as read ("Thin lens").
        summary: one sentence on what it does.
        needs: one sentence on memory, download size and licence.
        options: fields of the request this engine heeds; "depth" when it heeds a depth map too.
        published_steps: denoising steps it was published with; None for an engine without steps.
        for_pictures: those of the options that change only single pictures rendered from its results, not the stack.
    """

    name: str
    title: str
    summary: str
    needs: str
    options: frozenset[str] = frozenset()
    published_steps: int | None = None
    for_pictures: frozenset[str] = frozenset()

    @property
    def stack_options(self) -> frozenset[str]:
        """Options of which another value gives another stack."""
        return self.options - self.for_pictures


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can run here.

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


class Helper(Protocol):
    """Something with weights of its own: an engine, or a network that helps all of them."""

    @property
    def spec(self) -> EngineSpec:
        """What this is."""

    def readiness(self) -> Readiness:
        """Look, without loading anything, whether it can run here."""

    def download(self, announce: Announce) -> None:
        """Get what is missing from the Hugging Face hub, size and licence told first.

        Raises:
            WeightsMissing: when the hub does not answer or refuses.
            Cancelled: from `announce`, passed on.
        """


class Engine(Helper, Protocol):
    """A way from a photo to a focal stack."""

    def prepare(self) -> None:
        """Do what must be done before the app starts; nothing on most computers."""

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, onlooker: Onlooker = NOBODY
    ) -> Refocused:
        """Make the focal stack; the onlooker is shown what is known on the way.

        Raises:
            EngineNotReady: when something it needs is missing.
            BadInput: when photo and request do not fit.
            Cancelled: from `progress`, passed on.
        """
