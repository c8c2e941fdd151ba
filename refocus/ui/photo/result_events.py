"""What happens in the result area of the Photo tab: the first result, full size, downloads, and the link."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.data_classes import FileData

from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehRequest
from refocus.ui.app_context import NEXT_PHOTO, QUIET, RENDERS, signal_end
from refocus.ui.components.page_component import PageEvent
from refocus.ui.export.export_panel import ExportedFile, ExportPanel, ExportRequest, write_export
from refocus.ui.photo.first_result import load_first_result
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.made_picture import MadePicture, MadePictures, full_size_made, made_named, made_view
from refocus.ui.run.full_size_picture import full_size_picture, limit_full_size
from refocus.ui.run.interruptible import finished, run_interruptibly
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import LOST
from refocus.ui.run.warm_up import WarmUp
from refocus.ui.security.shown_text import errors_as_toasts, failure
from refocus.ui.shelf.shelf import shelf_view
from refocus.ui.viewer.focus_viewer import FocusView, with_finer_made, with_still


def connect_result_events(tab: PhotoTab, blocks: gr.Blocks) -> None:
    """Connect the result area.

    Args:
        tab: the Photo tab.
        blocks: the page, whose opening shows the first result.
    """
    _connect_opening(tab, blocks)
    _connect_full_size(tab)
    _connect_downloads(tab)
    _connect_link(tab)
    area = tab.result
    area.details.expand(area.detail_files, [tab.state.result], area.detail_outputs(), **QUIET)


def _connect_opening(tab: PhotoTab, blocks: gr.Blocks) -> None:
    """When the page opens, the first result becomes the session's, the controls show the link's settings, and what the
    first photo needs is loaded."""
    state = tab.state
    # Read now, so that the first visitor does not wait; not in a thread: decoders turn the process's warnings off and
    # on again, and those that FastAPI keeps quiet while the server is built would then be printed.
    first = load_first_result(tab.context)
    warm_up = WarmUp(tab.context.pipeline)

    def open_page(current: SessionResult | None, request: gr.Request) -> dict[Block, Any]:
        warm_up.begin()
        query = dict(request.query_params)
        # gradio does not take an empty dictionary for updates.
        updates = {tab.shelf: gr.skip(), **tab.controls.updates_from_query(query)}
        if "input_position" in query:
            updates[state.position_set_for] = NEXT_PHOTO
        if first is None or current is not None:  # a quick user's own result is not replaced
            return updates
        shown = tab.result.show_in_panels(first)
        return updates | shown | {state.result: first, state.shelf: (first,), tab.shelf: shelf_view((first,), first)}

    outputs = [*tab.controls.components().values(), *tab.outputs(), state.position_set_for]
    blocks.load(open_page, inputs=[state.result], outputs=outputs, **QUIET)


def _of_result(
    action: Callable[[SessionResult, MadePicture | None, PageEvent, JobContext], Any],
) -> Callable[..., Any]:
    """The handler of an event that works on the shown result, and on what a prompt made when that is shown."""

    def handle(
        result: SessionResult | None,
        made: MadePictures,
        shelf: tuple[SessionResult, ...],
        event: PageEvent,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Any:
        job = JobContext.of(request, progress)
        with errors_as_toasts():
            shown = made_named(made, event.made)
            if result is None or (event.made and shown is None):
                raise failure(LOST)
            done = action(result, shown, event, job)
            limit_full_size([result, *shelf, *(one.result for one in made)])
            return done
        return gr.skip()

    return handle


def _connect_full_size(tab: PhotoTab) -> None:
    """Render the viewer's picture at the photo's full size."""
    viewer, folders = tab.result.viewer, tab.context.folders

    def render(result: SessionResult, made: MadePicture | None, event: PageEvent, job: JobContext) -> FocusView:
        if made is not None:
            picture = finished(run_interruptibly(tab.context, lambda report: full_size_made(made, report), job))
            return with_finer_made(made_view(made), picture, folders.new_download())
        position = min(max(event.real("position"), 0.0), len(result.refocused.stack) - 1.0)
        blur, aperture = event.blur, event.aperture
        request = BokehRequest(position=position, aperture=aperture, blur_amount=BlurAmount.from_options(blur))
        work = run_interruptibly(tab.context, lambda report: full_size_picture(result, request, report), job)
        picture, folder = finished(work), folders.new_download()
        return with_still(result.view, picture, position, folder, blur=blur, aperture=aperture)

    status = tab.result.status
    inputs = [tab.state.result, tab.state.made, tab.state.shelf]
    rendered = viewer.still(_of_result(render), inputs, [viewer], show_progress_on=[status], **RENDERS)
    signal_end(rendered, viewer, "rendered")


def _connect_downloads(tab: PhotoTab) -> None:
    """Write the file whose button was pressed. Files that need no rendering do not wait for other users' renderings."""
    panel, folders = tab.result.export, tab.context.folders

    def request_of(event: PageEvent, result: SessionResult) -> ExportRequest:
        return ExportRequest.of(event, last_position=len(result.refocused.stack) - 1.0)

    def exported(path: Path, request: ExportRequest) -> ExportedFile:
        path = folders.for_download(path)
        return ExportedFile(file=FileData(path=str(path), orig_name=path.name), number=request.number)

    def write_quick(result: SessionResult, made: MadePicture | None, event: PageEvent, job: JobContext) -> ExportedFile:
        export = request_of(event, result)
        folder = folders.new(job.session)
        try:
            return exported(write_export(result, export, folder, job.report, made=made), export)
        finally:
            folders.remove(folder)

    def write(result: SessionResult, made: MadePicture | None, event: PageEvent, job: JobContext) -> ExportedFile:
        export = request_of(event, result)
        folder = folders.new(job.session)
        work = run_interruptibly(
            tab.context,
            lambda report: write_export(result, export, folder, report, made=made),
            job,
            clean_up=lambda: folders.remove(folder),
        )
        file = exported(finished(work), export)
        folders.remove(folder)
        return file

    handler, inputs, outputs = _of_result(write), [tab.state.result, tab.state.made, tab.state.shelf], [panel]
    written = panel.export(handler, inputs, outputs, show_progress_on=[tab.result.status], **RENDERS)
    signal_end(written, panel, "ended")
    signal_end(panel.export_quick(_of_result(write_quick), inputs, outputs, **QUIET), panel, "ended")


def _connect_link(tab: PhotoTab) -> None:
    """Make a link with the current settings."""

    def link(values: Mapping[Block, Any]) -> ExportPanel:
        with errors_as_toasts():
            settings = {**tab.controls.values(values), "input_position": None, "more_positions": None}  # of one photo
            return ExportPanel(link={"query": tab.controls.query(settings), "number": secrets.token_hex(4)})
        return gr.skip()

    panel = tab.result.export
    panel.link(link, set(tab.controls.components().values()), [panel], **QUIET)
