"""What DeblurNet sees beside the photo: nothing, or a picture of it that was deblurred before (its variant for two).

The weights file does not tell how many conditions it was trained with, so results name file, revision and conditions.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.engines.generative.bokehnet import at_size
from refocus.engines.generative.model import FluxWeights
from refocus.media import Photo
from refocus.models.weights.spec import commit_of
from refocus.restore import restore_photo
from refocus.results.request import PreDeblur, RefocusRequest

_CONDITION_WORDS: dict[PreDeblur, str] = {
    "built-in": "the built-in restoration",
    "own": "your pre-deblurred picture",
    "black": "a black picture",
}


def pre_deblur_choice(photo: Photo, request: RefocusRequest) -> PreDeblur:
    """What DeblurNet sees beside the photo: as requested, and the user's own picture when there is one.

    Raises:
        BadInput: when the picture is missing, or another one was requested.
    """
    has_own = photo.pre_deblurred is not None
    if has_own and request.pre_deblur not in ("off", "own"):
        raise BadInput(
            f"A pre-deblurred picture was given, and {request.pre_deblur} was requested.", todo="Choose one of the two."
        )
    if request.pre_deblur == "own" and not has_own:
        raise BadInput(
            "The pre-deblurred picture of your own is missing.",
            todo="Give it (--pre-deblurred FILE), or choose built-in.",
        )
    return "own" if has_own else request.pre_deblur


def pre_deblurred_picture(
    working: Photo, choice: PreDeblur, size: tuple[int, int], tick: Callable[[], None]
) -> NDArray[np.uint8] | None:
    """DeblurNet's first condition of the two, at its working size (width, height); None when it has only the photo.

    Args:
        working: the photo at the size of the results.
        choice: which picture.
        size: of the result.
        tick: called repeatedly while the photo is restored; may raise to stop.
    """
    if choice == "off":
        return None
    if choice == "black":
        return np.zeros((size[1], size[0], 3), np.uint8)
    if choice == "own" and working.pre_deblurred is not None:
        return at_size(working.pre_deblurred, size)
    return at_size(restore_photo(working.rgb, lambda done: tick()).rgb, size)


def conditions_note(choice: PreDeblur, weights: FluxWeights) -> str:
    """File, revision and conditions of DeblurNet, which the file itself does not tell."""
    file = weights.files.deblur_lora if weights.files.pre_deblur_lora is None else weights.files.pre_deblur_lora
    commit = commit_of(file.parent)
    revision = "its folder does not record its revision" if commit is None else f"revision {commit}"
    seen = (
        "one condition, the photo" if choice == "off" else f"two conditions, {_CONDITION_WORDS[choice]} and the photo"
    )
    return f"DeblurNet had {seen}: {file.name} ({revision})."


def unused_note(photo: Photo, request: RefocusRequest) -> tuple[str, ...]:
    """A note for a photo that DeblurNet does not sharpen, when a pre-deblurred picture was given or requested."""
    if photo.pre_deblurred is None and request.pre_deblur == "off":
        return ()
    return ("The pre-deblurred picture was not used: the photo was not to be changed.",)
