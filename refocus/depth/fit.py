"""A disparity map at the size of the picture it is used with."""

from dataclasses import replace

from refocus.core import BadInput, Disparity
from refocus.depth.resample import enlarge, shrink

_ASPECT_TOLERANCE = 0.02


def fit_disparity(disparity: Disparity, size: tuple[int, int]) -> Disparity:
    """The map resized to (height, width), outlines kept sharp.

    Raises:
        BadInput: when its proportions differ from those of `size` by more than 2 %.
    """
    (map_height, map_width), (height, width) = disparity.values.shape, size
    if (map_height, map_width) == size:
        return disparity
    if abs(map_width * height / (map_height * width) - 1) > _ASPECT_TOLERANCE:
        raise BadInput(
            f"The disparity map is {map_width}x{map_height} px and the picture {width}x{height} px, "
            "so they do not match.",
            todo="Give a map of the whole picture, uncropped.",
        )
    values = enlarge(shrink(disparity.values, size), size)
    return replace(disparity, values=values)
