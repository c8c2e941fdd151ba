"""Which depth a photo gets: the user's own, the camera's, a network's or the built-in estimate; what to say of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity, Origin, Progress, WeightsMissing
from refocus.depth import estimate_disparity, fit_disparity
from refocus.depth.align_to_photo import align_to_photo
from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.confidence import with_confidence
from refocus.depth.network import DepthModel
from refocus.depth.strokes import Stroke
from refocus.media import Camera, Photo

DepthChoice = Literal["auto", "embedded", "model", "built-in"]
"""Source of the depth: the best available, the map in the photo's file, the network, or the built-in estimate."""
DEPTH_CHOICES: tuple[DepthChoice, ...] = get_args(DepthChoice)

RECORDED_SHARP = "Your phone also recorded the picture before its background was blurred: that one is used."
_ORIGINS: dict[DepthChoice, Origin] = {"embedded": "recorded", "model": "model", "built-in": "built-in"}


@dataclass(frozen=True, slots=True)
class DepthPlan:
    """Where the depth will come from, decided and downloaded before the work begins.

    Attributes:
        origin: of the map; "given" for whatever the photo has.
        notes: what happened on the way, in words a user reads.
    """

    origin: Origin
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FoundDepth:
    """The depth of a photo.

    Attributes:
        disparity: of the photo's size, with its confidence.
        camera: the photo's own, with the lens a network saw where the photo tells none.
        notes: what happened on the way; `depth_note` says which source it is and how sure.
    """

    disparity: Disparity
    camera: Camera
    notes: tuple[str, ...]


class DepthSources:
    """Finds the depth of photos. Shared by the engines, safe to be used by several threads.

    Args:
        model: the network; None leaves the built-in estimator alone.
    """

    def __init__(self, model: DepthModel | None = None) -> None:
        self.model = model
        self._absent = ""  # why the network could not be had, for as long as this process lives

    def plan(self, photo: Photo, choice: DepthChoice, progress: Progress) -> DepthPlan:
        """Decide for a photo, and download the network when it is needed.

        Under "auto" the user's map comes first, then the camera's, then the network when it was configured or is
        here, then the built-in estimate. A configured network that the hub does not hand over is replaced by the
        built-in estimate, and the notes say so; one that is asked for is not replaced.

        Raises:
            BadInput: when the photo lacks what is asked for, or a map was given beside another choice.
            WeightsMissing: when the network is asked for and cannot be had, or its folder is damaged.
            Cancelled: from `progress`, passed on.
        """
        own = photo.disparity
        if own is not None and (choice == "auto" or own.origin == _ORIGINS.get(choice)):
            return DepthPlan("given")
        if own is not None and own.origin == "given":
            raise BadInput(
                f"A depth map was given, and the {choice} depth was asked for.", todo="Ask for one of the two."
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
        waiting: Callable[[], None],
        network_input: NDArray[np.uint8] | None = None,
        touch_up: Sequence[Stroke] = (),
    ) -> FoundDepth:
        """Carry out a plan.

        Args:
            plan: of this photo.
            photo: at working size.
            waiting: called now and then while others use the network; may raise `Cancelled`.
            network_input: the picture to show the network instead of the photo, of the same size, such as a sharp one.
            touch_up: strokes that correct what was found.
        """
        camera, notes = photo.camera, plan.notes
        sharp = photo.rgb if photo.all_in_focus is None else photo.all_in_focus
        if plan.origin == "model" and self.model is not None:
            picture = sharp if network_input is None else network_input
            predicted = self.model.predict(picture, camera.focal_length_35mm, waiting)
            disparity = predicted.disparity
            camera, lens_notes = _with_lens(camera, predicted.focal_length_35mm)
            notes = (*notes, *lens_notes)
        elif plan.origin == "built-in" or photo.disparity is None:
            disparity = estimate_disparity(photo.rgb)
        else:
            disparity = _own(photo, photo.disparity)
        if touch_up:
            disparity = apply_strokes(disparity, sharp, touch_up)
        judged = disparity if _judged_before(photo, plan) else with_confidence(disparity, photo.rgb)
        return FoundDepth(judged, camera, notes)

    def _automatic(self, model: DepthModel, progress: Progress) -> DepthPlan:
        if not model.configured:
            return DepthPlan("model" if model.readiness().ready else "built-in")
        model.find()  # a damaged folder is an error, not a reason to take another depth
        if not self._absent:
            try:
                return DepthPlan("model", model.download_reporting(progress))
            except WeightsMissing as error:
                self._absent = error.message
        return DepthPlan("built-in", (f"{model.title} could not be had, so depth is built-in: {self._absent}",))


def _judged_before(photo: Photo, plan: DepthPlan) -> bool:
    """Whether the photo's map is one that was found for this size before."""
    own = photo.disparity
    return (
        plan.origin == "given"
        and own is not None
        and own.confidence is not None
        and own.values.shape == (photo.height, photo.width)
    )


def _own(photo: Photo, disparity: Disparity) -> Disparity:
    """The map a photo has. A camera's is laid onto the photo's outlines, unless that was done for this size before."""
    size = photo.height, photo.width
    if disparity.origin != "recorded" or disparity.values.shape == size:
        return fit_disparity(disparity, size)
    return align_to_photo(disparity, photo.rgb if photo.all_in_focus is None else photo.all_in_focus)


def _with_lens(camera: Camera, focal_length_35mm: float | None) -> tuple[Camera, tuple[str, ...]]:
    """The camera with the lens the network saw, as a full-frame lens, when the photo tells none."""
    if focal_length_35mm is None or camera.focal_length_35mm is not None:
        return camera, ()
    lens = round(focal_length_35mm, 1)
    seen = replace(camera, focal_length_35mm=lens, focal_length_mm=camera.focal_length_mm or lens)
    return seen, (f"The photo does not tell its lens; the network saw one like {lens:g} mm on full frame.",)
