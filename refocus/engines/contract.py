"""What every engine promises: a request in, a Refocused out, and plain words on what it needs."""

from dataclasses import dataclass
from typing import Protocol

from refocus.core import Progress
from refocus.engines.refocused import Refocused
from refocus.engines.request import RefocusRequest
from refocus.media import Photo


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine as a user meets it.

    Attributes:
        name: as typed ("thin-lens").
        title: as read ("Thin lens").
        summary: one sentence on what it does.
        needs: one sentence on memory, download size and licence.
    """

    name: str
    title: str
    summary: str
    needs: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can run here; when not, `why` says what is missing and `todo` what to do."""

    ready: bool
    why: str = ""
    todo: str = ""


class Engine(Protocol):
    """A way from a photo to a focal stack."""

    @property
    def spec(self) -> EngineSpec:
        """What this engine is."""

    def readiness(self) -> Readiness:
        """Look, without loading anything, whether the engine can run here."""

    def refocus(self, photo: Photo, request: RefocusRequest, progress: Progress) -> Refocused:
        """Make the focal stack.

        Raises:
            EngineNotReady: when something it needs is missing.
            BadInput: when photo and request do not fit.
            Cancelled: from `progress`, passed on.
        """
