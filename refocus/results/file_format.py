"""Options of files in earlier formats, by their old meaning, so that a saved file still gives the same frames.

Format 1, up to version 0.1: `k` was the diameter of the blur, and BokehNet was given that diameter as its K, which is a
radius. A strength or an f-number therefore blurred BokehNet's frames twice as much as those of optics. DeblurNet always
had a black picture as its first condition.
"""

from collections.abc import Mapping
from typing import Any

from refocus.core.settings import GENERATIVE
from refocus.optics import k_radius_px_from_coc_px

_BOKEHNET_APERTURE = "circle"  # optics rendered the frames of all other shapes


def upgraded_options(options: Mapping[str, Any], version: int, engine: str) -> dict[str, Any]:
    """The options of a saved request, as this version means them.

    Args:
        options: as saved; those that a file does not name have their defaults. They are checked later.
        version: format of the file; 1 for a file that names none.
        engine: that made, or is to make, the frames.

    Returns:
        A new mapping. In format 1 `k` becomes the radius where optics rendered the frames, and stays where BokehNet
        did; BokehNet's frames of a strength or an f-number get `double_bokehnet_blur`. DeblurNet gets its black
        picture, unless the photo was sharp already.
    """
    upgraded = dict(options)
    if version > 1:
        return upgraded
    if engine == GENERATIVE and not options.get("sharp"):
        upgraded["pre_deblur"] = "black"
    by_bokehnet = _rendered_by_bokehnet(options, engine)
    k = options.get("k")
    if k is None:
        upgraded["double_bokehnet_blur"] = by_bokehnet
    elif not by_bokehnet and isinstance(k, (int, float)):
        upgraded["k"] = k_radius_px_from_coc_px(k)
    return upgraded


def _rendered_by_bokehnet(options: Mapping[str, Any], engine: str) -> bool:
    """Whether BokehNet, not optics, rendered the frames."""
    return engine == GENERATIVE and options.get("aperture", _BOKEHNET_APERTURE) == _BOKEHNET_APERTURE
