"""The endpoint `refocus`: a focal stack as files."""

from typing import Any

import gradio as gr

from refocus.ui.api.endpoints import documented, option_parameters, stopped, with_option_parameters
from refocus.ui.app_context import RENDERING, AppContext
from refocus.ui.export.export_file import write_frames_zip
from refocus.ui.folders import download_copy
from refocus.ui.photo.photo_input import photo_input
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.stack_jobs import refocus_photo
from refocus.ui.security.shown_text import without_folders_in


def add_refocus_endpoint(context: AppContext) -> None:
    """Add the endpoint to the page, where nothing of it is visible."""
    options = option_parameters(context)
    video = gr.File(label="Video: the focus sweep, MP4", visible=False)
    frames_zip = gr.File(label="Frames, all-in-focus picture and disparity, ZIP", visible=False)
    details = gr.JSON(label="Details: engine, settings, seconds, notes", visible=False)

    def refocus(photo: str, values: dict[str, Any], progress: gr.Progress) -> tuple[str, str, dict[str, Any]]:
        """Make a focal stack of a photo: a video of the focus sweep, all files as a ZIP, and how they were made."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            *_, last = refocus_photo(context, photo, values, None, job)
            result = last.result
            if result is None:
                raise stopped()
            try:
                archive = result.folder / f"{result.file_stem}_focal_stack.zip"
                sweep = write_frames_zip(result, archive, result.folder, job.report)
                metadata = without_folders_in(result.refocused.metadata())
                return download_copy(sweep), download_copy(archive), metadata
            finally:
                context.folders.remove(result.folder)
        raise stopped()

    photo = photo_input("Photo", visible=False)
    gr.Button(visible=False).click(
        documented(with_option_parameters(refocus, list(options)), {"photo": photo, **options}),
        [photo, *options.values()],
        [video, frames_zip, details],
        api_name="refocus",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )
