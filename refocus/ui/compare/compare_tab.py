"""The Compare tab and what its buttons do."""

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.core import Cancelled
from refocus.ui.app_context import QUIET, RENDERS, SESSION_S, AppContext, SessionState, after_success_or_failure
from refocus.ui.compare.compare_choices import CompareRequest
from refocus.ui.compare.compare_form import NEXT_STEP, CompareForm, add_compare_form
from refocus.ui.compare.run_comparison import ComparisonResult, run_comparison
from refocus.ui.photo.photo_events import running_buttons
from refocus.ui.run.background import run_in_background
from refocus.ui.run.job_context import JobContext, session_of
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import STOPPED
from refocus.ui.security.toasts import errors_as_toasts


def add_compare_tab(context: AppContext, state: SessionState) -> None:
    """Add the tab to the page's gr.Tabs.

    Args:
        context: pipeline and folders.
        state: of the session; its photo is used when the tab has none of its own.
    """

    def forget(result: ComparisonResult | None) -> None:
        if result is not None:
            context.folders.remove(result.folder)

    with gr.Tab("Compare", id="compare") as tab:
        form = add_compare_form(context)
        result = gr.State(None, time_to_live=SESSION_S, delete_callback=forget)
    _connect(form, result, context)
    tab.select(_photo_of_session, [form.photo, state.result], [form.photo], queue=False, **QUIET)


def compare(context: AppContext, request: CompareRequest, job: JobContext) -> ComparisonResult:
    """Make a comparison in a folder of its own, which is removed after a failure or a stop.

    Raises:
        BadInput: as `run_comparison`.
        Cancelled: after a stop, or when the user has left.
    """
    folder = context.folders.new()
    with context.compare_jobs.running(job.session, job.has_left) as stop:
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


def _photo_of_session(photo: str | None, result: SessionResult | None) -> Any:
    """The photo of the Photo tab, when this tab has none."""
    path = None if result is None else result.photo_path
    return gr.skip() if photo or not path else path


def _connect(form: CompareForm, result: gr.State, context: AppContext) -> None:
    def run(
        values: Mapping[Block, Any],
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> Iterator[dict[Block, Any]]:
        job = JobContext.of(request, progress)
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

    def stop(request: gr.Request) -> None:
        context.compare_jobs.stop(session_of(request))

    buttons = [form.button, form.stop]
    form.button.click(lambda: running_buttons(True), None, buttons, queue=False, **QUIET)
    finished = form.button.click(
        run,
        form.components() | {result},
        [form.viewer, form.status, form.grid, form.video, result],
        show_progress_on=[form.status],
        **RENDERS,
    )
    after_success_or_failure(finished, fn=lambda: running_buttons(False), outputs=buttons, queue=False, **QUIET)
    form.stop.click(stop, queue=False, **QUIET)


def _show(form: CompareForm, result: ComparisonResult) -> dict[Block, Any]:
    made = f"Made {result.finished} of {result.requested} stacks."
    return {
        form.viewer: result.view,
        form.status: f"**Drag the slider, or tap a picture: all of them follow.** {made}",
        form.grid: gr.update(value=str(result.grid), interactive=True),
        form.video: gr.update(value=str(result.video), interactive=True),
    }
