"""Writes the files of the Download panel."""

from pathlib import Path

from refocus.core import Progress, portion
from refocus.media import save_disparity_png, zip_files
from refocus.results.media_export import write_motion, write_still
from refocus.results.settings_file import write_settings
from refocus.ui.export.export_panel import ExportRequest
from refocus.ui.run.session_result import SessionResult
from refocus.ui.viewer.html_export import save_html


def write_export(result: SessionResult, request: ExportRequest, folder: Path, progress: Progress) -> Path:
    """Write the requested file.

    Args:
        result: the finished stack.
        request: which file.
        folder: an empty folder.
        progress: called with stage and fraction; may raise Cancelled.

    Returns:
        The file, under the name it is saved as.

    Raises:
        BadInput: on positions outside the stack.
    """
    refocused, name = result.refocused, result.file_stem
    if request.kind in ("mp4", "webp"):
        path = folder / f"{name}_{request.motion}.{request.kind}"
        write_motion(refocused, path, request.motion, start=request.start, end=request.position, progress=progress)
    elif request.kind in ("jpg", "png"):
        path = folder / f"{name}_refocused.{request.kind}"
        write_still(refocused, path, request.position, keep_location=request.place, progress=progress)
    elif request.kind == "html":
        path = folder / f"{name}_refocus.html"
        save_html(refocused, path)
    elif request.kind == "frames":
        path = folder / f"{name}_focal_stack.zip"
        write_frames_zip(result, path, folder, progress)
    elif request.kind == "disparity":
        path = folder / f"{name}_disparity.png"
        save_disparity_png(path, refocused.scene.disparity)
    else:
        path = folder / f"{name}_settings.json"
        write_settings(path, result.settings())
    return path


def write_frames_zip(result: SessionResult, path: Path, folder: Path, progress: Progress) -> Path:
    """Write all files of a stack, as the command line does, and pack all but the video; returns the video."""
    saved = folder / "saved"
    result.refocused.save(saved, progress=portion(progress, 0, 0.9))
    zip_files(path, sorted(file for file in saved.iterdir() if file.suffix != ".mp4"))
    return saved / "stack.mp4"
