"""Where the result is shown and downloaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.media import save_disparity_png, save_png
from refocus.results.media_export import write_motion
from refocus.results.run_options import PICTURE_OPTIONS
from refocus.ui.export.export_panel import ExportPanel
from refocus.ui.photo.first_result import first_view
from refocus.ui.prompt.prompt_box import PromptBox
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import NEXT_STEP, finished_text, notes_text
from refocus.ui.shelf.shelf import Shelf
from refocus.ui.touch_up.touch_up_panel import TouchUpPanel
from refocus.ui.viewer.focus_viewer import FocusViewer

_FIRST = "**This is an example: tap what should be sharp, or drag the slider.** Then open a photo of your own."
_DETAIL_FILES = ("focus_sweep.mp4", "all_in_focus.png", "disparity.png")


@dataclass(frozen=True, slots=True)
class ResultArea:
    """The components that show a result.

    Attributes:
        status: the status line.
        viewer: the focus viewer.
        prompt: the prompt box.
        focus_mask: takes a mask of what is to be sharp.
        made: the thumbnails of what prompts made.
        touch_up: the panel to correct the depth.
        export: the Download panel.
        details: the accordion with the video, the pictures and the notes.
        video, all_in_focus, disparity, notes: in the accordion.
    """

    status: gr.Markdown
    viewer: FocusViewer
    prompt: PromptBox
    focus_mask: gr.UploadButton
    made: Shelf
    touch_up: TouchUpPanel
    export: ExportPanel
    details: gr.Accordion
    video: gr.Video
    all_in_focus: gr.Image
    disparity: gr.Image
    notes: gr.Markdown

    def outputs(self) -> list[Block]:
        """The components that `show_preview` and `show_result` may update."""
        return [self.status, self.viewer, *self.panels(), self.details, *self.detail_outputs(), self.notes]

    def panels(self) -> list[Block]:
        """The components that work on the finished stack."""
        return [self.export, self.prompt, self.touch_up]

    def detail_outputs(self) -> list[Block]:
        """The components that `detail_files` fills."""
        return [self.video, self.all_in_focus, self.disparity]

    def show_preview(self, view: Any) -> dict[Block, Any]:
        """Updates that show what is known of a stack that is not finished."""
        return {self.viewer: view, self.status: "", **self.show_in_panels(None)}

    def show_result(self, result: SessionResult | None) -> dict[Block, Any]:
        """Updates that show a finished stack, or the empty page for None."""
        if result is None:
            return {**self.show_preview(None), self.status: NEXT_STEP}
        return {
            self.viewer: result.view,
            self.status: finished_text(result.refocused),
            **self.show_in_panels(result),
            self.details: gr.update(open=True),
            **dict.fromkeys(self.detail_outputs()),
        }

    def show_in_panels(self, result: SessionResult | None) -> dict[Block, Any]:
        """Updates of the panels and notes alone, for a result that the viewer and the status line show already."""
        stack = "" if result is None else result.folder.name
        has_location = result is not None and result.refocused.photo.has_location
        updates: dict[Block, Any] = {
            self.export: ExportPanel(ready=result is not None, has_location=has_location),
            self.prompt: PromptBox(stack=stack),
            self.touch_up: TouchUpPanel(stack=stack),
        }
        return updates if result is None else updates | {self.notes: notes_text(result.refocused, result.subject)}

    def detail_files(self, result: SessionResult | None) -> list[Path | None]:
        """The focus sweep, the all-in-focus picture and the disparity as files, written at the first request."""
        if result is None:
            return [None] * len(_DETAIL_FILES)
        result.extra_folder.mkdir(parents=True, exist_ok=True)
        video, sharp, disparity = (result.extra_folder / name for name in _DETAIL_FILES)
        if not (video.exists() and sharp.exists() and disparity.exists()):
            write_motion(result.refocused, video)
            save_png(sharp, result.refocused.scene.all_in_focus)
            save_disparity_png(disparity, result.refocused.scene.disparity)
        return [video, sharp, disparity]


def add_result_area() -> ResultArea:
    """Put the viewer and everything below it on the page."""
    first = first_view()
    status = gr.Markdown(NEXT_STEP if first is None else _FIRST, elem_id="status")
    viewer = FocusViewer(first, elem_id="viewer")
    prompt = PromptBox({}, elem_id="prompt")
    mask_option = PICTURE_OPTIONS["focus_mask"]
    focus_mask = gr.UploadButton(mask_option.label, file_types=[".png"], size="sm", elem_id="focus-mask")
    made = Shelf(of_prompts=True, elem_id="made")
    touch_up = TouchUpPanel(elem_id="touch-up")
    export = ExportPanel(elem_id="download")
    with gr.Accordion("How this was made", open=False, elem_id="how") as details:
        with gr.Row(elem_id="parts"):
            video = gr.Video(
                label="Focus sweep", autoplay=True, loop=True, interactive=False, buttons=["download"], elem_id="video"
            )
            all_in_focus = _picture("All in focus", "all-in-focus")
            disparity = _picture("Depth", "disparity")
        notes = gr.Markdown(elem_id="notes")
    return ResultArea(
        status,
        viewer,
        prompt,
        focus_mask,
        made,
        touch_up,
        export,
        details,
        video,
        all_in_focus,
        disparity,
        notes,
    )


def _picture(label: str, elem_id: str) -> gr.Image:
    return gr.Image(label=label, interactive=False, type="filepath", buttons=["fullscreen"], elem_id=elem_id)
