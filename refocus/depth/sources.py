"""Chooses and computes the disparity of a photo: the user's map, the camera's, or that of a network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity, Origin, Progress, WeightsMissing
from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.confidence import with_confidence
from refocus.depth.depth_model import DepthModel
from refocus.depth.estimate import DepthDraft, draft_disparity, estimate_disparity
from refocus.depth.resample import align_to_photo, fit_disparity
from refocus.depth.strokes import Stroke
from refocus.media import Camera, Photo

DepthChoice = Literal["auto", "embedded", "model", "built-in"]
"""Source of the depth: the best available, the map in the photo's file, a downloaded or the built-in network."""

RECORDED_SHARP = "Your phone also recorded the picture before its background was blurred: that one is used."
_ORIGINS: dict[DepthChoice, Origin] = {"embedded": "recorded", "model": "model", "built-in": "built-in"}


@dataclass(frozen=True, slots=True)
class DepthPlan:
    """The source of the depth, chosen and downloaded before the run begins.

    Attributes:
        origin: of the map; "given" for any map of the photo.
        notes: for the user, on what was downloaded or replaced.
    """

    origin: Origin
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FoundDepth:
    """The depth of a photo.

    Attributes:
        disparity: of the photo's size, with its confidence.
        camera: the photo's; its focal length is the network's prediction when the photo has none.
        notes: for the user; `depth_note` describes the source and its confidence.
    """

    disparity: Disparity
    camera: Camera
    notes: tuple[str, ...]


class DepthSources:
    """Chooses and computes the disparity of photos. Shared by the engines and safe for several threads.

    Args:
        model: the network; None for the built-in network only.
    """

    def __init__(self, model: DepthModel | None = None) -> None:
        self.model = model
        self._download_failure = ""  # kept for the life of the process, so that it is not tried again

    def plan(self, photo: Photo, choice: DepthChoice, progress: Progress) -> DepthPlan:
        """Choose the source for a photo, and download the network when it is needed.

        "auto" prefers the user's map, then the camera's, then the network when it is configured or on this computer,
        then the built-in network. When the download of a configured network fails, the built-in network replaces it
        with a note; a network chosen by the request is not replaced.

        Raises:
            BadInput: when the photo has no embedded map, or the user gave a map and chose another source.
            WeightsMissing: when the chosen network cannot be downloaded, or its folder is damaged.
            Cancelled: from `progress`, passed on.
        """
        own = photo.disparity
        if own is not None and (choice == "auto" or own.origin == _ORIGINS.get(choice)):
            return DepthPlan("given")
        if own is not None and own.origin == "given":
            raise BadInput(
                f"A depth map was given, and the {choice} depth was requested.", todo="Choose one of the two."
            )
        if choice == "embedded":
            raise BadInput(
                "The photo carries no depth map that can be used.",
                todo="Choose another depth source, or the photo as it came from the phone.",
            )
        if choice == "model":
            if self.model is None:
                raise BadInput("There is no depth model here.", todo="Use RefocusPipeline, which holds one.")
            return DepthPlan("model", self.model.download_reporting(progress))
        if choice == "auto" and self.model is not None:
            return self._automatic(self.model, progress)
        return DepthPlan("built-in")

    def find(
        self,
        plan: DepthPlan,
        photo: Photo,
        *,
        on_wait: Callable[[], None],
        network_input: NDArray[np.uint8] | None = None,
        draft: DepthDraft | None = None,
        touch_up: Sequence[Stroke] = (),
    ) -> FoundDepth:
        """Compute the disparity by a plan.

        Args:
            plan: of this photo.
            photo: at working size.
            on_wait: called repeatedly while another run holds the network; may raise `Cancelled`.
            network_input: the network's input in place of the photo, such as a sharp picture of the same size.
            draft: what `draft` returned, which spares a part of the work.
            touch_up: strokes that correct the disparity.
        """
        camera, notes = photo.camera, plan.notes
        sharp = photo.rgb if photo.all_in_focus is None else photo.all_in_focus
        if plan.origin == "model" and self.model is not None:
            picture = sharp if network_input is None else network_input
            predicted = self.model.predict(picture, camera.focal_length_35mm, on_wait)
            disparity = predicted.disparity
            camera, lens_notes = _with_lens(camera, predicted.focal_length_35mm)
            notes = (*notes, *lens_notes)
        elif plan.origin == "built-in" or photo.disparity is None:
            disparity = estimate_disparity(photo.rgb, draft)
        else:
            disparity = _own(photo, photo.disparity)
        if touch_up:
            disparity = apply_strokes(disparity, sharp, touch_up)
        disparity = disparity if _has_confidence(photo, plan) else with_confidence(disparity, photo.rgb)
        return FoundDepth(disparity, camera, notes)

    def draft(self, plan: DepthPlan, photo: Photo) -> DepthDraft | None:
        """A rough disparity that is there sooner than that of `find`; None when nothing is.

        Args: as in `find`.
        """
        return draft_disparity(photo.rgb) if plan.origin == "built-in" else None

    def _automatic(self, model: DepthModel, progress: Progress) -> DepthPlan:
        if not model.configured:
            return DepthPlan("model" if model.readiness().ready else "built-in")
        model.find()  # a damaged folder is an error, not a reason to take another depth
        if not self._download_failure:
            try:
                return DepthPlan("model", model.download_reporting(progress))
            except WeightsMissing as error:
                self._download_failure = error.message
        return DepthPlan(
            "built-in", (f"{model.title} could not be had, so depth is built-in: {self._download_failure}",)
        )


def _has_confidence(photo: Photo, plan: DepthPlan) -> bool:
    """Whether the photo's map was already found for this size, with its confidence."""
    own = photo.disparity
    return (
        plan.origin == "given"
        and own is not None
        and own.confidence is not None
        and own.values.shape == (photo.height, photo.width)
    )


def _own(photo: Photo, disparity: Disparity) -> Disparity:
    """The photo's map at its size; a camera's map is aligned with the photo's edges unless it has that size."""
    size = photo.height, photo.width
    if disparity.origin != "recorded" or disparity.values.shape == size:
        return fit_disparity(disparity, size)
    return align_to_photo(disparity, photo.rgb if photo.all_in_focus is None else photo.all_in_focus)


def _with_lens(camera: Camera, focal_length_35mm: float | None) -> tuple[Camera, tuple[str, ...]]:
    """The camera with the focal length that the network predicts, when the photo has none."""
    if focal_length_35mm is None or camera.focal_length_35mm is not None:
        return camera, ()
    predicted = round(focal_length_35mm, 1)
    with_lens = replace(camera, focal_length_35mm=predicted, focal_length_mm=camera.focal_length_mm or predicted)
    return with_lens, (f"The photo does not tell its lens; the network estimates {predicted:g} mm on full frame.",)
