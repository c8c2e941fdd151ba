"""What the buttons of the Compare tab do."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.core import Cancelled
from refocus.ui.app_context import QUIET, RENDERING, SESSION_S, Ground, Session, whatever_happens
from refocus.ui.compare.compare_choices import Wish
from refocus.ui.compare.compare_form import NEXT_STEP, Face, add_face
from refocus.ui.compare.run_comparison import Compared, make_comparison
from refocus.ui.run.actions import Visit, told_to
from refocus.ui.run.background import Done, Glimpse, Stop, Update
from refocus.ui.run.status_text import STOPPED
from refocus.ui.run.stop_requests import Runs


def add_comparing(ground: Ground, session: Session) -> None:
    """Add the comparison to the page, as a gr.Tab beside the first, within the page's gr.Tabs.

    Args:
        ground: pipeline and folders.
        session: its photo is used when the tab has none of its own.
    """

    def forget(made: Compared | None) -> None:
        if made is not None:
            ground.folders.remove(made.folder)

    with gr.Tab("Compare", id="compare") as tab:
        face = add_face(ground)
        made = gr.State(None, time_to_live=SESSION_S, delete_callback=forget)
    _wire(face, made, ground)
    photo = face.asking.photo
    tab.select(_photo_of_session, [photo, session.made], [photo], queue=False, **QUIET)


def _photo_of_session(photo: str | None, made: Any) -> Any:
    """The photo of the first tab, where this one has none."""
    path = None if made is None else made.wish.photo_path
    return gr.skip() if photo or not path else path


def _wire(face: Face, made: gr.State, ground: Ground) -> None:
    runs = Runs()

    def make(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        visit = Visit.of(request, progress)
        wish = face.asking.wish(values)
        if not wish.photos:
            yield {face.status: NEXT_STEP}
            return
        with runs.running(visit.session, visit.has_left) as stop, told_to(visit):
            finished = compared(ground, wish, stop, visit)
            if finished is None:
                yield {face.status: STOPPED}
                return
            yield {**_shown(face, finished), made: finished}
            old: Compared | None = values[made]
            if old is not None:
                ground.folders.remove(old.folder)

    def stop(request: gr.Request) -> None:
        runs.stop(str(request.session_hash or ""))

    buttons = [face.button, face.stop]
    face.button.click(lambda: _running(True), None, buttons, queue=False, **QUIET)
    making = face.button.click(
        make,
        face.asking.all() | {made},
        [face.viewer, face.status, face.grid, face.video, made],
        api_visibility="private",
        show_progress_on=[face.status],
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
    whatever_happens(making, fn=lambda: _running(False), outputs=buttons, queue=False, **QUIET)
    face.stop.click(stop, queue=False, **QUIET)


def compared(ground: Ground, wish: Wish, stop: Stop, visit: Visit) -> Compared | None:
    """Make a comparison in a folder of its own; None after a stop. A folder that comes to nothing is removed.

    Raises:
        BadInput: as `make_comparison`.
    """
    folder = ground.folders.new()
    finished: Compared | None = None
    try:
        for update in _until_stopped(ground, wish, folder, stop):
            if isinstance(update, Update):
                visit.tell(update.stage, update.fraction)
            elif isinstance(update, Done):
                finished = update.result
        return finished
    finally:
        if finished is None:
            ground.folders.remove(folder)


def _until_stopped(ground: Ground, wish: Wish, folder: Path, stop: Stop) -> Iterator[Update | Glimpse | Done[Compared]]:
    """As `make_comparison`; a stop is its end."""
    try:
        yield from make_comparison(ground.pipeline, wish, folder, stop)
    except Cancelled:
        return


def _running(on: bool) -> list[Any]:
    return [gr.update(visible=not on), gr.update(visible=on)]


def _shown(face: Face, compared: Compared) -> dict[Block, Any]:
    made = f"Made {compared.made} of {compared.asked} stacks."
    return {
        face.viewer: compared.views,
        face.status: f"**Drag the slider, or tap a picture: all of them follow.** {made}",
        face.grid: gr.update(value=str(compared.grid), interactive=True),
        face.video: gr.update(value=str(compared.video), interactive=True),
    }
