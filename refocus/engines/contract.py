"""The contract of an engine: a photo and a request in, a `Refocused` out."""

from dataclasses import dataclass
from typing import Protocol

from refocus.core import BadInput, Progress
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.media import Photo
from refocus.models.weights.downloadable import Downloadable, DownloadableSpec
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest


@dataclass(frozen=True, slots=True)
class EngineSpec(DownloadableSpec):
    """Description of an engine.

    Attributes:
        options: fields of the request that the engine uses; "depth" when it uses a depth map too.
        published_steps: denoising steps it was published with; None for an engine without steps.
        for_pictures: those of the options that change only single pictures rendered from its results, not the stack.
    """

    options: frozenset[str] = frozenset()
    published_steps: int | None = None
    for_pictures: frozenset[str] = frozenset()

    @property
    def stack_options(self) -> frozenset[str]:
        """Options of which another value gives another stack."""
        return self.options - self.for_pictures

    def check_photo(self, photo: Photo) -> None:
        """Raise BadInput when there are more photos of the scene, and the engine takes one."""
        if photo.more and "more_photos" not in self.options:
            raise BadInput(
                f"{self.title} takes one photo of a scene here.",
                todo="Leave the others out, or choose video-diffusion with weights that were trained with several "
                "(`train focal-stack --inputs several`).",
            )


class Engine(Downloadable, Protocol):
    """Makes a focal stack of a photo."""

    @property
    def spec(self) -> EngineSpec:
        """Its description."""

    def prepare(self) -> None:
        """Do what must be done before the app starts; nothing on most computers."""

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """Make the focal stack.

        Args:
            photo: at its full size.
            request: what to make.
            progress: called with the stage and the fraction done; may raise `Cancelled`.
            observer: called with intermediate results.

        Raises:
            EngineNotReady: when something it needs is missing.
            BadInput: when photo and request do not fit.
            Cancelled: from `progress`, passed on.
        """
