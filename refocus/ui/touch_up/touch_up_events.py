"""Connects the touch-up panel with the stack that is shown; its depth follows each stroke while a user draws."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.blocks import Block
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.depth import Stroke
from refocus.depth.apply_strokes import StrokeGuide, apply_stroke
from refocus.ui.app_context import QUIET, RENDERS, signal_end
from refocus.ui.components.page_component import PageEvent, file_data, write_webp
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.made_picture import MadePictures
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import touch_up_result
from refocus.ui.run.status_text import LOST
from refocus.ui.security.shown_text import errors_as_toasts, failure
from refocus.ui.touch_up.touch_up_panel import TouchUpView, read_strokes

_PICTURE_QUALITY = 88
_DEPTH_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class TouchUpSession:
    """One stack being touched up.

    Attributes:
        result: the stack.
        guide: the edges of its picture, at which strokes end.
        strokes: drawn so far.
        values: the disparity after each stroke, (height, width) float32.
        picture: the picture's file.
    """

    result: SessionResult
    guide: StrokeGuide
    strokes: tuple[Stroke, ...]
    values: tuple[NDArray[np.float32], ...]
    picture: Path

    @classmethod
    def start(cls, result: SessionResult) -> "TouchUpSession":
        """With the strokes the stack was made with, so that they can be undone."""
        picture = result.refocused.scene.all_in_focus
        result.extra_folder.mkdir(parents=True, exist_ok=True)
        path = write_webp(result.extra_folder / "touch_up_picture.webp", picture, quality=_PICTURE_QUALITY)
        empty = cls(result, StrokeGuide.from_photo(picture), (), (), path)
        return empty.with_strokes(result.refocused.request.touch_up if result.untouched is not None else ())

    def with_strokes(self, strokes: tuple[Stroke, ...]) -> "TouchUpSession":
        """With other strokes; the depth after those at the start that are unchanged is not computed again."""
        same = 0
        while same < min(len(strokes), len(self.strokes)) and strokes[same] == self.strokes[same]:
            same += 1
        values = list(self.values[:same])
        untouched = self.result.disparity_before_touch_up
        for stroke in strokes[same:]:
            before = values[-1] if values else untouched.values
            values.append(apply_stroke(before, self.guide, stroke, span=(untouched.farthest, untouched.nearest)))
        return replace(self, strokes=strokes, values=tuple(values))

    def view(self, number: int) -> TouchUpView:
        """What the panel shows now.

        Args:
            number: of the request this answers.
        """
        untouched = self.result.disparity_before_touch_up
        values = self.values[-1] if self.values else untouched.values
        path = self.result.extra_folder / f"touch_up_depth_{number}.webp"
        write_webp(path, _grey_levels(values, untouched), quality=_DEPTH_QUALITY)
        height, width = values.shape
        return TouchUpView(
            stack=self.result.folder.name,
            width=width,
            height=height,
            picture=file_data(self.picture),
            depth=file_data(path),
            strokes=[stroke.to_json() for stroke in self.strokes],
            number=number,
        )


def _grey_levels(values: NDArray[np.float32], untouched: Disparity) -> NDArray[np.uint8]:
    """Disparity as grey, (height, width, 3) uint8, black at the farthest and white at the nearest untouched point."""
    span = max(untouched.nearest - untouched.farthest, 1e-9)
    levels = np.clip((values - untouched.farthest) / span, 0, 1)
    return np.repeat((levels * 255 + 0.5).astype(np.uint8)[..., None], 3, axis=-1)


def connect_touch_up(tab: PhotoTab) -> None:
    """Connect the touch-up panel of the Photo tab."""
    panel, state = tab.result.touch_up, tab.state
    session = gr.State(None)

    def apply(
        result: SessionResult | None,
        shelf: tuple[SessionResult, ...],
        made: MadePictures,
        event: PageEvent,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        job = JobContext.of(request, progress)
        if result is None:
            raise failure(LOST)
        with errors_as_toasts():
            strokes, _ = read_strokes(event)
            yield from tab.show_updates(touch_up_result(tab.context, result, strokes, job), result, shelf, made)

    panel.begin(_begin, [state.result], [panel, session], **QUIET)
    panel.draw(_draw, [state.result, session], [panel, session], concurrency_limit=1, **QUIET)
    applied = panel.finish(
        apply,
        [state.result, state.shelf, state.made],
        tab.outputs(),
        show_progress_on=[tab.result.status],
        **RENDERS,
    )
    signal_end(applied, panel, "ended")
    applied.then(**tab.fill_details())


def _begin(result: SessionResult | None) -> tuple[Any, Any]:
    with errors_as_toasts():
        if result is None:
            raise failure(LOST)
        session = TouchUpSession.start(result)
        return session.view(0), session
    return gr.skip(), gr.skip()


def _draw(
    result: SessionResult | None, session: TouchUpSession | None, event: PageEvent
) -> tuple[TouchUpView, TouchUpSession]:
    with errors_as_toasts():
        if result is not None:
            strokes, number = read_strokes(event)
            if session is None or session.result is not result:
                session = TouchUpSession.start(result)
            session = session.with_strokes(strokes)
            return session.view(number), session
    return gr.skip(), gr.skip()
