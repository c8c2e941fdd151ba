"""The face's controls, and what they start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core import Cancelled
from refocus.engines.captured import PHOTO_ENDINGS
from refocus.engines.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE, DEPTH_CHOICES
from refocus.media.video_in import VIDEO_ENDINGS
from refocus.optics import APERTURE_NAMES
from refocus.ui.background import Done, Update
from refocus.ui.comparing.making import ZIP, Compared, Wish, make_comparison
from refocus.ui.comparing.viewer import CompareViewer
from refocus.ui.controls import engine_choices
from refocus.ui.ground import QUIET, RENDERING, SESSION_S, Ground, Session, whatever_happens
from refocus.ui.handlers import told_to_the_user
from refocus.ui.photo_side import photo_control
from refocus.ui.runs import Runs
from refocus.ui.words import label, language_of, say

_BLURS = [0.2, 0.4, 0.6, 0.8, 1.0]


@dataclass(frozen=True, slots=True)
class _Face:
    """The components of the face."""

    photo: Component
    engines: gr.CheckboxGroup
    blurs: gr.Dropdown
    apertures: gr.Dropdown
    depth_sources: gr.Dropdown
    long_side: gr.Slider
    brought: gr.File
    far_first: gr.Checkbox
    button: gr.Button
    stop: gr.Button
    viewer: CompareViewer
    status: gr.Markdown
    grid: gr.DownloadButton
    video: gr.DownloadButton
    made: gr.State

    def inputs(self) -> set[Block]:
        """What `wish` reads."""
        chosen: set[Block] = {self.engines, self.blurs, self.apertures, self.depth_sources, self.long_side}
        return {self.photo, *chosen, self.brought, self.far_first, self.made}

    def wish(self, values: Mapping[Block, Any]) -> Wish:
        """What shall be compared."""
        return Wish(
            photo_path=str(values[self.photo]),
            engines=tuple(values[self.engines]),
            blurs=tuple(float(blur) for blur in values[self.blurs]),
            apertures=tuple(values[self.apertures]),
            depth_sources=tuple(values[self.depth_sources]),
            long_side=int(values[self.long_side]),
            brought=tuple(values[self.brought] or ()),
            far_first=bool(values[self.far_first]),
        )

    def results(self) -> list[Component]:
        """What a finished comparison changes."""
        return [self.viewer, self.status, self.grid, self.video, self.made]


def add_comparing(ground: Ground, session: Session) -> None:
    """Add the comparison to the page, as a gr.Tab beside the first, within the page's gr.Tabs.

    Args:
        ground: pipeline and folders.
        session: its photo is taken when the face has none of its own.
    """

    def forget(made: Compared | None) -> None:
        if made is not None:
            ground.folders.remove(made.folder)

    with gr.Tab(label("face.compare"), id="compare") as tab:
        gr.Markdown(label("comparing.tagline"), elem_id="compare-tagline")
        with gr.Row(elem_id="compare-desk"):
            with gr.Column(elem_id="compare-controls"):
                controls = _controls(ground)
            with gr.Column(elem_id="compare-pictures"):
                pictures = _pictures()
        made = gr.State(None, time_to_live=SESSION_S, delete_callback=forget)
    face = _Face(**controls, **pictures, made=made)
    _wire(face, ground)
    tab.select(_photo_of_session, [face.photo, session.made], [face.photo], **QUIET)


def _controls(ground: Ground) -> dict[str, Any]:
    """By their names in `_Face`."""
    engines = [choice for choice in engine_choices(ground.engine_states()) if choice[1] != "auto"]
    ready = [state[0].name for state in ground.engine_states().values() if state[1].ready and not state[1].only_by_name]
    found: dict[str, Any] = {
        "photo": photo_control(label("photo"), elem_id="compare-photo"),
        "engines": gr.CheckboxGroup(engines, value=ready, label=label("comparing.engines"), elem_id="compare-engines"),
        "blurs": _several("comparing.blurs", _BLURS, [DEFAULT_BLUR], "compare-blurs"),
    }
    found["button"] = gr.Button(label("comparing.compare"), variant="primary", elem_id="compare-button")
    found["stop"] = gr.Button(label("stop"), visible=False, elem_id="compare-stop")
    with gr.Accordion(label("more"), open=False, elem_id="compare-more"):
        found["apertures"] = _several("comparing.apertures", list(APERTURE_NAMES), ["circle"], "compare-apertures")
        found["depth_sources"] = _several("comparing.depthSources", list(DEPTH_CHOICES), ["auto"], "compare-depths")
        found["long_side"] = gr.Slider(
            256, 2048, DEFAULT_LONG_SIDE, step=64, label=label("longSide"), info=label("longSide.info"),
            elem_id="compare-long-side",
        )  # fmt: skip
        endings = [*PHOTO_ENDINGS, *VIDEO_ENDINGS, ZIP]
        found["brought"] = gr.File(
            label=label("comparing.brought"), file_count="multiple", file_types=endings, height=130,
            elem_id="compare-brought",
        )  # fmt: skip
        found["far_first"] = gr.Checkbox(False, label=label("comparing.farFirst"), elem_id="compare-far-first")
    return found


def _several(words: str, choices: list[Any], start: list[Any], elem_id: str) -> gr.Dropdown:
    return gr.Dropdown(choices, value=start, multiselect=True, label=label(words), elem_id=elem_id)


def _pictures() -> dict[str, Any]:
    """By their names in `_Face`."""
    found: dict[str, Any] = {
        "viewer": CompareViewer(elem_id="compare-viewer", padding=False),
        "status": gr.Markdown(label("comparing.next"), elem_id="compare-status"),
    }
    words: dict[str, Any] = {"grid": label("comparing.grid"), "video": label("comparing.video")}
    with gr.Row(elem_id="compare-downloads"):
        for name, text in words.items():
            found[name] = gr.DownloadButton(text, interactive=False, elem_id=f"compare-{name}")
    return found


def _photo_of_session(photo: str | None, made: Any) -> Any:
    """The photo of the first face, where this one has none."""
    path = None if made is None else made.wish.photo_path
    return gr.skip() if photo or not path else path


def _wire(face: _Face, ground: Ground) -> None:
    runs = Runs()

    def compare(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        language = language_of(request)
        if not values[face.photo]:
            yield {face.status: say("comparing.next", language)}
            return
        folder = ground.folders.new()
        finished = False
        try:
            with runs.running(str(request.session_hash or "")) as stop, told_to_the_user(language):
                for update in _updates(ground, face.wish(values), folder, stop):
                    if isinstance(update, Update):
                        progress(update.fraction, desc=update.stage)
                    elif isinstance(update, Done):
                        finished = True
                        yield _shown(face, update.result, language)
            if not finished:
                yield {face.status: say("status.stopped", language)}
        finally:
            if not finished:
                ground.folders.remove(folder)
        old: Compared | None = values[face.made]
        if old is not None:
            ground.folders.remove(old.folder)

    def stop(request: gr.Request) -> None:
        runs.stop(str(request.session_hash or ""))

    buttons = [face.button, face.stop]
    face.button.click(lambda: _running(True), None, buttons, queue=False, **QUIET)
    compared = face.button.click(
        compare,
        face.inputs(),
        face.results(),
        api_visibility="private",
        show_progress_on=[face.status],
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
    whatever_happens(compared, fn=lambda: _running(False), outputs=buttons, queue=False, **QUIET)
    face.stop.click(stop, queue=False, **QUIET)


def _updates(ground: Ground, wish: Wish, folder: Any, stop: Any) -> Iterator[Any]:
    """As `make_comparison`; a stop is its end."""
    try:
        yield from make_comparison(ground.pipeline, wish, folder, stop)
    except Cancelled:
        return


def _running(on: bool) -> list[Any]:
    return [gr.update(visible=not on), gr.update(visible=on)]


def _shown(face: _Face, compared: Compared, language: str) -> dict[Block, Any]:
    entries, made = compared.comparison.entries, compared.comparison.made
    return {
        face.viewer: compared.views,
        face.status: say("comparing.finished", language, made=len(made), all=len(entries)),
        face.grid: gr.update(value=str(compared.grid), interactive=True),
        face.video: gr.update(value=str(compared.video), interactive=True),
        face.made: compared,
    }
