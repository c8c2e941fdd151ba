"""The gradio component of the focus viewer, and the outlines it draws."""

from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.ui.components.page_component import PageComponent
from refocus.ui.viewer.focus_view import FocusView

_SPAN = 1000
_SMOOTHING_SHARE = 0.006
_SLACK = 1.5
_LEAST_SHARE = 0.0004


class FocusViewer(PageComponent):
    """Shows a focal stack: a slider from near to far, tap to focus, play. All frames are held by the browser.

    Takes a `FocusView` (see `viewer_value`) or None for the empty state.

    Events:
        focus: after a tap, and when the slider rests; never while dragging. Carries `position`, and after a tap also
            `x` and `y` in [0, 1] from the picture's top left (otherwise None).
        mark: a line was drawn around what should be sharp: `points`, [x, y] as above, and the `position` within it.
        still: the user wants one picture at the photo's full size, at `position`. Answer with `with_still`, then set
            the prop `rendered` to a new value, also after a failure.

    Props:
        outline: SVG path data over a square of 1000 units, drawn on the picture (see `outline_path`) until another
            picture or an empty outline is set.
        pull: `{"position": 3.5, "number": 1}` moves the focus there; the number is new each time.
    """

    data_model = FocusView
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {"outline": "", "pull": None, "rendered": ""}

    def example_payload(self) -> Any:
        """An example for the API page."""
        return FocusView(width=1024, height=683, position=3.0).model_dump()


def outline_path(mask: NDArray[np.bool_]) -> str:
    """The outline of a region as SVG path data over a square of 1000 units, to be stretched over the picture.

    Args:
        mask: (height, width), True inside.

    Returns:
        One closed polygon for each part, "M.. ..L.. ..Z"; tiny parts are left out. Empty for an empty mask.
    """
    height, width = mask.shape
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(_SMOOTHING_SHARE * max(height, width), 0.5))
    outer, _ = cv2.findContours((soft > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    scale = _SPAN / np.array([width, height])
    pieces = [
        (cv2.approxPolyDP(piece, _SLACK * max(height, width) / _SPAN, True)[:, 0] + 0.5) * scale
        for piece in outer
        if cv2.contourArea(piece) >= _LEAST_SHARE * mask.size
    ]
    return "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in piece) + "Z" for piece in pieces)
