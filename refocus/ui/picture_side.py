"""Where the result is looked at and taken away."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.ui.handlers import Shown
from refocus.ui.prompting import PromptPlaces, add_prompt_places
from refocus.ui.viewer import FocusViewer
from refocus.ui.words import label
from refocus.ui.words.sentences import notes


@dataclass(frozen=True, slots=True)
class PictureSide:
    """The parts of the page that show a result.

    Attributes:
        status: the status line.
        viewer: the focus viewer.
        prompts: the prompt box and its finished pictures.
        downloads: buttons to take files away: video, frames, details.
        video, all_in_focus, disparity: shown below.
        how, notes: the fold with the result's notes.
    """

    status: gr.Markdown
    viewer: FocusViewer
    prompts: PromptPlaces
    downloads: tuple[gr.DownloadButton, gr.DownloadButton, gr.DownloadButton]
    video: gr.Video
    all_in_focus: gr.Image
    disparity: gr.Image
    how: gr.Accordion
    notes: gr.Markdown

    def places(self) -> set[Block]:
        """What `updates` may change, as outputs of an event."""
        return {
            self.status, self.viewer, *self.downloads, self.video, self.all_in_focus, self.disparity, self.how,
            self.notes,
        }  # fmt: skip

    def updates(self, shown: Shown) -> dict[Block, Any]:
        """Values that make the page show it."""
        made = shown.made
        updates: dict[Block, Any] = {self.viewer: shown.view, self.status: shown.status}
        if made is None:
            return updates | {button: gr.update(interactive=False) for button in self.downloads}
        files = (made.video, made.frames_zip, made.details_json)
        for button, file in zip(self.downloads, files, strict=True):
            updates[button] = gr.update(value=file, interactive=True)
        return updates | {
            self.video: gr.update(value=made.video, visible=True),
            self.all_in_focus: gr.update(value=made.all_in_focus, visible=True),
            self.disparity: gr.update(value=made.disparity, visible=True),
            self.how: gr.update(visible=True),
            self.notes: notes(made.result),
        }


def add_picture_side() -> PictureSide:
    """Put the viewer and everything below it on the page."""
    status = gr.Markdown(label("status.next"), elem_id="status")
    viewer = FocusViewer(elem_id="viewer", padding=False)
    prompts = add_prompt_places()
    with gr.Row(elem_id="downloads"):
        downloads = (_download("video"), _download("frames"), _download("details"))
    with gr.Row(elem_id="results"):
        video = gr.Video(
            label=label("video"),
            autoplay=True,
            loop=True,
            buttons=[],
            interactive=False,
            visible=False,
            elem_id="video",
        )
        all_in_focus = _picture("allInFocus", "all-in-focus")
        disparity = _picture("disparity", "disparity")
    with gr.Accordion(label("how"), open=False, visible=False, elem_id="how") as how:
        told = gr.Markdown(elem_id="notes")
    return PictureSide(status, viewer, prompts, downloads, video, all_in_focus, disparity, how, told)


def _download(what: str) -> gr.DownloadButton:
    return gr.DownloadButton(str(label(f"download.{what}")), interactive=False, size="md", elem_id=f"download-{what}")


def _picture(words: str, elem_id: str) -> gr.Image:
    return gr.Image(label=label(words), interactive=False, type="filepath", visible=False, elem_id=elem_id)
