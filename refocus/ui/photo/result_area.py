"""Where the result is shown and downloaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.media import save_disparity_png, save_png
from refocus.results.export import write_motion
from refocus.ui.export.export_panel import TakeAway
from refocus.ui.photo.first_result import first_view
from refocus.ui.prompt.prompt_events import PromptPlaces, add_prompt_places
from refocus.ui.run.actions import Shown
from refocus.ui.run.session_result import Made
from refocus.ui.run.status_text import NEXT_STEP, notes
from refocus.ui.touch_up.touch_up_panel import TouchUp
from refocus.ui.viewer import FocusViewer

_FIRST = "**This is an example: tap what should be sharp, or drag the slider.** Then drop in a photo of your own."


@dataclass(frozen=True, slots=True)
class PictureSide:
    """The parts of the page that show a result.

    Attributes:
        status: the status line.
        viewer: the focus viewer.
        prompts: the prompt box and its finished pictures.
        touch_up: the panel to correct its depth.
        take_away: the Download panel.
        how: the fold with the video, the parts and the notes of the result.
        video, all_in_focus, disparity, notes: in the fold.
    """

    status: gr.Markdown
    viewer: FocusViewer
    prompts: PromptPlaces
    touch_up: TouchUp
    take_away: TakeAway
    how: gr.Accordion
    video: gr.Video
    all_in_focus: gr.Image
    disparity: gr.Image
    notes: gr.Markdown

    def places(self) -> list[Block]:
        """What `updates` may change, as outputs of an event."""
        beside = [self.take_away, self.prompts.box, self.touch_up]
        return [self.status, self.viewer, *beside, self.how, *self.parts_places(), self.notes]

    def parts_places(self) -> list[Block]:
        """What `parts` fills, as outputs of an event."""
        return [self.video, self.all_in_focus, self.disparity]

    def updates(self, shown: Shown) -> dict[Block, Any]:
        """Values that make the page show it."""
        updates: dict[Block, Any] = {self.viewer: shown.view, self.status: shown.status}
        updates |= self.updates_beside_viewer(shown.made)
        if shown.made is None:
            return updates
        return updates | {self.how: gr.update(open=True), **dict.fromkeys(self.parts_places())}

    def updates_beside_viewer(self, made: Made | None) -> dict[Block, Any]:
        """As `updates`, for a result the viewer and the status line show already; None for one not finished."""
        stack = "" if made is None else made.folder.name
        updates: dict[Block, Any] = {
            self.take_away: TakeAway(ready=made is not None, place=made is not None and has_place(made)),
            self.prompts.box: gr.HTML(stack=stack),
            self.touch_up: TouchUp(stack=stack),
        }
        return updates if made is None else updates | {self.notes: notes(made.result)}

    def parts(self, made: Made | None) -> list[Path | None]:
        """The focus sweep, the all-in-focus picture and the disparity as files, written when first asked for."""
        if made is None:
            return [None] * len(self.parts_places())
        folder = made.parts_folder()
        files: list[Path | None] = [folder / name for name in ("focus_sweep.mp4", "all_in_focus.png", "disparity.png")]
        if all(file is not None and file.exists() for file in files):
            return files
        write_motion(made.result, folder / "focus_sweep.mp4")
        save_png(folder / "all_in_focus.png", made.result.scene.all_in_focus)
        save_disparity_png(folder / "disparity.png", made.result.scene.disparity)
        return files


def has_place(made: Made) -> bool:
    """Whether the photo tells where it was taken."""
    return made.result.photo.has_location


def add_picture_side() -> PictureSide:
    """Put the viewer and everything below it on the page."""
    first = first_view()
    status = gr.Markdown(NEXT_STEP if first is None else _FIRST, elem_id="status")
    viewer = FocusViewer(first, elem_id="viewer", padding=False)
    prompts = add_prompt_places()
    touch_up = TouchUp(elem_id="touch-up", padding=False)
    take_away = TakeAway(elem_id="take-away", padding=False)
    with gr.Accordion("How this was made", open=False, elem_id="how") as how:
        with gr.Row(elem_id="parts"):
            video = gr.Video(
                label="Focus sweep", autoplay=True, loop=True, interactive=False, buttons=["download"], elem_id="video"
            )
            all_in_focus = _picture("All in focus", "all-in-focus")
            disparity = _picture("Depth", "disparity")
        told = gr.Markdown(elem_id="notes")
    return PictureSide(status, viewer, prompts, touch_up, take_away, how, video, all_in_focus, disparity, told)


def _picture(label: str, elem_id: str) -> gr.Image:
    return gr.Image(label=label, interactive=False, type="filepath", buttons=["fullscreen"], elem_id=elem_id)
