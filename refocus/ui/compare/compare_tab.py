"""The Compare tab: its components and what its buttons do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core import Cancelled
from refocus.core.settings import AUTO
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.media.read_video import VIDEO_ENDINGS
from refocus.ui.app_context import QUIET, RENDERS, AppContext, SessionState, after_success_or_failure
from refocus.ui.compare.compare_choices import MAX_COLUMNS, CompareRequest
from refocus.ui.compare.comparison_viewer import ComparisonViewer
from refocus.ui.compare.run_comparison import ZIP, ComparisonResult, run_comparison
from refocus.ui.components.page_component import FileList
from refocus.ui.controls.control_values import (
    DEPTH_MAP_ENDINGS,
    FILE_HEIGHT_PX,
    PAGE_OPTIONS,
    START_VALUES,
    long_side_px,
)
from refocus.ui.photo.photo_input import PhotoInput, ShownPhoto, photo_input
from refocus.ui.run.background import run_in_background
from refocus.ui.run.job_context import JobContext, session_of
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import STOPPED, engine_choices
from refocus.ui.security.shown_text import as_markdown, errors_as_toasts

NEXT_STEP = f"Choose photos and what to compare: every combination becomes a column, at most {MAX_COLUMNS}."
_TAGLINE = (
    "Run the same photos through several engines, settings or depth sources, and see the results side by side, "
    "together with results from elsewhere."
)
_NAMING = (
    "Results from elsewhere can be videos, frames from near to far, or ZIPs. "
    "With several photos, name videos, ZIPs and depth maps after their photo."
)
_BLURS = [0.2, 0.4, 0.6, 0.8, 1.0]
_LISTS = ("engines", "blurs", "apertures", "depth_sources", "depths", "brought")


@dataclass(frozen=True, slots=True)
class CompareForm:
    """The components of the tab.

    Attributes:
        photo: the first photo.
        more_photos: files of more photos.
        inputs: the other inputs, by the parameter names of the endpoint.
        button: starts the comparison.
        stop: shown instead of it while it runs.
        viewer: shows the stacks.
        status: the line below.
        grid, video: download buttons.
    """

    photo: PhotoInput
    more_photos: Component
    inputs: Mapping[str, Component]
    button: gr.Button
    stop: gr.Button
    viewer: ComparisonViewer
    status: gr.Markdown
    grid: gr.DownloadButton
    video: gr.DownloadButton

    def components(self) -> set[Component]:
        """All inputs, as inputs of an event."""
        return {self.photo, self.more_photos, *self.inputs.values()}

    def request(self, values: Mapping[Block, Any]) -> CompareRequest:
        """What to compare, from the values of an event."""
        photos = [values[self.photo], *(values[self.more_photos] or ())]
        return compare_request(photos, {name: values[component] for name, component in self.inputs.items()})


def compare_request(photos: list[str | None], values: Mapping[str, Any]) -> CompareRequest:
    """A request from the values of `compare_inputs` by name; an emptied component counts as an empty list."""
    lists = {name: tuple(values[name] or ()) for name in _LISTS}
    return CompareRequest(
        photos=tuple(dict.fromkeys(photo for photo in photos if photo)),
        imported=lists.pop("brought"),
        depth_is=values["depth_is"],
        long_side=long_side_px(values["long_side"]),
        far_first=bool(values["far_first"]),
        **lists,
    )


def add_compare_form(context: AppContext) -> CompareForm:
    """Put the components on the page."""
    gr.Markdown(_TAGLINE, elem_id="compare-tagline")
    with gr.Row(elem_id="compare-desk"):
        with gr.Column(elem_id="compare-controls"):
            photo = photo_input("Photo", elem_id="compare-photo")
            more_photos = _on_page.files("More photos", list(PHOTO_ENDINGS), "further")
            inputs = _main_inputs(context, _on_page)
            button = gr.Button("Compare", variant="primary", elem_id="compare-button")
            stop = gr.Button("Stop", visible=False, elem_id="compare-stop")
            with gr.Accordion("More settings", open=False, elem_id="compare-more"):
                inputs |= _more_inputs(_on_page)
                gr.Markdown(_NAMING, elem_id="compare-named")
        with gr.Column(elem_id="compare-pictures"):
            viewer = ComparisonViewer(elem_id="compare-viewer")
            status = gr.Markdown(NEXT_STEP, elem_id="compare-status")
            with gr.Row(elem_id="compare-downloads"):
                grid = _download("Download grid (PNG)", "grid")
                video = _download("Download video (MP4)", "video")
    return CompareForm(photo, more_photos, inputs, button, stop, viewer, status, grid, video)


def compare_inputs(context: AppContext) -> dict[str, Component]:
    """Invisible components for the parameters of the endpoint."""
    photos = _for_programs.files("Photos", list(PHOTO_ENDINGS), "photos")
    return {"photos": photos, **_main_inputs(context, _for_programs), **_more_inputs(_for_programs)}


def ready_engines(context: AppContext) -> list[str]:
    """Names of the engines that run here without taking hours."""
    return [name for name, (_, state) in context.engine_states().items() if state.ready and not state.only_by_name]


def _download(label: str, name: str) -> gr.DownloadButton:
    return gr.DownloadButton(label, interactive=False, elem_id=f"compare-{name}")


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes components, visible on the page or invisible for programs."""

    visible: bool

    def shared(self, label: str, name: str) -> dict[str, Any]:
        """The arguments every component has."""
        return {"label": label, "elem_id": f"compare-{name}" if self.visible else None, "visible": self.visible}

    def several(self, label: str, choices: list[Any], start: list[Any], name: str, **given: Any) -> Component:
        """Takes several of some choices."""
        return gr.Dropdown(choices, value=start, multiselect=True, **self.shared(label, name), **given)

    def files(self, label: str, endings: list[str], name: str) -> Component:
        """Takes several files."""
        return FileList(file_count="multiple", file_types=endings, height=FILE_HEIGHT_PX, **self.shared(label, name))


_on_page, _for_programs = _Maker(visible=True), _Maker(visible=False)


def _main_inputs(context: AppContext, make: _Maker) -> dict[str, Component]:
    choices = [choice for choice in engine_choices(context.engine_states()) if choice[1] != AUTO]
    engines = gr.CheckboxGroup(choices, value=ready_engines(context), **make.shared("Engines", "engines"))
    info = "0 to 1, or an f-number such as f/2."
    start = [START_VALUES["blur"]]
    blurs = make.several("Blur strengths", list(_BLURS), start, "blurs", allow_custom_value=True, info=info)
    return {"engines": engines, "blurs": blurs}


def _more_inputs(make: _Maker) -> dict[str, Component]:
    aperture, source, depth_is = (PAGE_OPTIONS[name] for name in ("aperture", "depth_source", "depth_is"))
    long_side = PAGE_OPTIONS["long_side"]
    size = {"step": 64, "info": long_side.info, **make.shared(long_side.label, "long-side")}
    return {
        "apertures": make.several("Aperture shapes", aperture.labelled_choices, [aperture.default], "apertures"),
        "depth_sources": make.several(source.label, source.labelled_choices, [source.default], "depths"),
        "depths": make.files("Your own depth maps", DEPTH_MAP_ENDINGS, "depth-files"),
        "depth_is": gr.Radio(
            depth_is.labelled_choices, value=depth_is.default, **make.shared(depth_is.label, "depth-is")
        ),
        "long_side": gr.Slider(256, 2048, long_side.default, **size),
        "brought": make.files("Results from elsewhere", [*PHOTO_ENDINGS, *VIDEO_ENDINGS, ZIP], "brought"),
        "far_first": gr.Checkbox(
            False, **make.shared("Results from elsewhere start at the farthest focus", "far-first")
        ),
    }


def add_compare_tab(context: AppContext, state: SessionState, photo: PhotoInput) -> None:
    """Add the tab to the page's gr.Tabs.

    Args:
        context: pipeline and folders.
        state: of the session.
        photo: the photo control of the first tab, whose photo is used until one is chosen in this tab.
    """

    with gr.Tab("Compare", id="compare") as tab:
        form = add_compare_form(context)
        result = gr.State(None)
        job_number = gr.Number(visible=False, precision=0)  # of the comparison that was requested last
        has_own_photo = gr.State(False)
    _connect(form, result, job_number, context)
    form.photo.input(lambda photo: photo is not None, [form.photo], [has_own_photo], queue=False, **QUIET)
    form.photo.clear(lambda: False, None, [has_own_photo], queue=False, **QUIET)
    at_hand = [has_own_photo, photo, state.result]
    tab.select(_photo_at_hand, at_hand, [form.photo], queue=False, **QUIET)


def compare(context: AppContext, request: CompareRequest, job: JobContext) -> ComparisonResult:
    """Make a comparison in a folder of its own, which is removed after a failure or a stop.

    Raises:
        BadInput: as `run_comparison`.
        Cancelled: after a stop, or when the user has left.
    """
    folder = context.folders.new(job.session)
    with context.compare_jobs.running(job.session, job.has_left, job.number) as stop:
        updates = run_in_background(
            lambda report: run_comparison(context.pipeline, request, folder, report),
            stop,
            clean_up=lambda: context.folders.remove(folder),
        )
        for update in updates:
            if update.result is not None:
                return update.result
            job.report(update.stage, update.fraction)
    raise Cancelled


def _photo_at_hand(has_own_photo: bool, shown: str | None, result: SessionResult | None) -> Any:
    """The photo of the first tab, also while its stack is being made, unless another was chosen in this tab."""
    made_from = "" if result is None else result.photo_path
    path = shown or made_from
    if has_own_photo or not path:
        return gr.skip()
    return ShownPhoto(path, result.photo_preview if result is not None and path == made_from else None)


def _connect(form: CompareForm, result: gr.State, job_number: gr.Number, context: AppContext) -> None:
    def run(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        job = JobContext.of(request, progress, values[job_number])
        wanted = form.request(values)
        if not wanted.photos:
            yield {form.status: NEXT_STEP}
            return
        with errors_as_toasts():
            try:
                finished = compare(context, wanted, job)
            except Cancelled:
                yield {form.status: STOPPED}
                return
            yield {**_show(form, finished), result: finished}
            forget: ComparisonResult | None = values[result]
            if forget is not None:
                context.folders.remove(forget.folder)

    def announce(request: gr.Request) -> list[Any]:
        return [*_running_buttons(True), context.compare_jobs.replace(session_of(request))]

    def stop(request: gr.Request) -> None:
        context.compare_jobs.stop(session_of(request), waits=False)

    buttons = [form.button, form.stop]
    announced = form.button.click(announce, None, [*buttons, job_number], queue=False, **QUIET)
    finished = announced.then(
        run,
        form.components() | {result, job_number},
        [form.viewer, form.status, form.grid, form.video, result],
        show_progress_on=[form.status],
        **RENDERS,
    )
    after_success_or_failure(finished, fn=lambda: _running_buttons(False), outputs=buttons, queue=False, **QUIET)
    form.stop.click(stop, queue=False, **QUIET)


def _running_buttons(running: bool) -> list[Any]:
    """Updates of a start button and the stop button that is shown instead of it while a job runs."""
    return [gr.update(visible=not running), gr.update(visible=running)]


def _show(form: CompareForm, result: ComparisonResult) -> dict[Block, Any]:
    made = f"Made {result.finished} of {result.requested} stacks."
    return {
        form.viewer: result.view,
        form.status: f"**Drag the slider, or tap a picture: all of them follow.** {made} {as_markdown(result.note)}",
        form.grid: gr.update(value=str(result.grid), interactive=True),
        form.video: gr.update(value=str(result.video), interactive=True),
    }
