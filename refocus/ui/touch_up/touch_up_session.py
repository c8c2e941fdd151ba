"""What happens while a user draws: the depth follows each stroke, and is worked out only for the new ones."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.depth import Stroke
from refocus.depth.apply_strokes import StrokeGuide, apply_stroke
from refocus.media import encode_webp
from refocus.ui.run.session_result import Made
from refocus.ui.touch_up.touch_up_view import TouchUpView

Floats = NDArray[np.float32]

_PICTURE_QUALITY = 88


@dataclass(frozen=True, slots=True, eq=False)
class Touching:
    """One stack being touched up.

    Attributes:
        made: the stack.
        untouched: its depth before any stroke.
        ground: of its picture.
        strokes: drawn so far.
        values: the depth after each of them, (height, width) float32.
        picture: the picture's file.
    """

    made: Made
    untouched: Disparity
    ground: StrokeGuide
    strokes: tuple[Stroke, ...]
    values: tuple[Floats, ...]
    picture: Path

    @classmethod
    def begun(cls, made: Made) -> "Touching":
        """With the strokes the stack was made with, to be undone or drawn on."""
        picture = made.parts_folder() / "touch_up_picture.webp"
        picture.write_bytes(encode_webp(made.result.scene.all_in_focus, quality=_PICTURE_QUALITY))
        untouched = made.untouched or made.result.scene.disparity
        empty = cls(made, untouched, StrokeGuide.from_photo(made.result.scene.all_in_focus), (), (), picture)
        return empty.drawn(made.result.request.touch_up if made.untouched is not None else ())

    def drawn(self, strokes: tuple[Stroke, ...]) -> "Touching":
        """With other strokes; what the first of them did already is not worked out again."""
        same = 0
        while same < min(len(strokes), len(self.strokes)) and strokes[same] == self.strokes[same]:
            same += 1
        values = list(self.values[:same])
        span = self.untouched.farthest, self.untouched.nearest
        for stroke in strokes[same:]:
            before = values[-1] if values else self.untouched.values
            values.append(apply_stroke(before, self.ground, stroke, span=span))
        return replace(self, strokes=strokes, values=tuple(values))

    def view(self, number: int) -> TouchUpView:
        """What the panel shows now.

        Args:
            number: of the request this answers.
        """
        values = self.values[-1] if self.values else self.untouched.values
        height, width = values.shape
        depth = self.made.parts_folder() / f"touch_up_depth_{number}.webp"
        depth.write_bytes(encode_webp(_grey(values, self.untouched), quality=90))
        return TouchUpView(
            stack=self.made.folder.name,
            width=width,
            height=height,
            picture=FileData(path=str(self.picture)),
            depth=FileData(path=str(depth)),
            strokes=[stroke.to_json() for stroke in self.strokes],
            number=number,
        )


def _grey(values: Floats, span_of: Disparity) -> NDArray[np.uint8]:
    span = max(span_of.nearest - span_of.farthest, 1e-9)
    levels = np.clip((values - span_of.farthest) / span, 0, 1)
    return np.repeat((levels * 255 + 0.5).astype(np.uint8)[..., None], 3, axis=-1)
