"""The components of the Photo tab, and what they show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from refocus.core import Cancelled
from refocus.ui.app_context import QUIET, AppContext, SessionState
from refocus.ui.controls.settings_controls import SettingsControls, add_settings
from refocus.ui.photo.examples import Example, ExampleStrip, example_strip
from refocus.ui.photo.photo_input import PhotoInput, ShownPhoto, photo_input, photo_stack_input
from refocus.ui.photo.result_area import ResultArea, add_result_area
from refocus.ui.prompt.made_picture import MadePictures
from refocus.ui.run.background import Replaced
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import Updates
from refocus.ui.run.status_text import STOPPED
from refocus.ui.shelf.shelf import Shelf, add_to_shelf, release_others, shelf_view

_TAGLINE = "Change the focus of a photo after it was taken: open a photo, then tap what should be sharp."


@dataclass(frozen=True, slots=True)
class PhotoTab:
    """The components of the tab.

    Attributes:
        context: pipeline and folders.
        state: of the session.
        photo: the photo control.
        strip: the examples to open.
        examples: what the strip shows.
        result: where the result is shown.
        controls: the settings.
        photo_stack: takes the photos of the user's own focal stack.
        shelf: the session's stacks.
        job_number: of the latest job that was requested, in the browser.
    """

    context: AppContext
    state: SessionState
    photo: PhotoInput
    strip: ExampleStrip
    examples: Sequence[Example]
    result: ResultArea
    controls: SettingsControls
    photo_stack: gr.File
    shelf: Shelf
    job_number: gr.Number

    def outputs(self) -> list[Block]:
        """The components that `show_updates` may update."""
        state = self.state
        return [*self.result.outputs(), self.photo, self.shelf, state.result, state.shelf]

    def outputs_of_another(self) -> list[Block]:
        """The components that `show_again` updates."""
        return [*self.outputs(), self.photo_stack, *self.controls.components().values()]

    def fill_details(self) -> dict[str, Any]:
        """The event that fills the accordion below the result, to be run after one that shows a result."""
        area = self.result
        return {"fn": area.detail_files, "inputs": [self.state.result], "outputs": area.detail_outputs(), **QUIET}

    def source(self, values: Mapping[Block, Any]) -> tuple[str | None, list[str]]:
        """The photo's own file, or the photos of a focal stack; with neither, those of the result that is shown."""
        path: str | None = values[self.photo]
        photos = values[self.photo_stack] or []
        shown: SessionResult | None = values[self.state.result]
        if path is None and not photos and shown is not None:
            return shown.photo_path or None, list(shown.stack_paths)
        return path, photos

    def show_updates(
        self,
        updates: Updates,
        previous: SessionResult | None,
        shelf: tuple[SessionResult, ...],
        made: MadePictures,
        photo_path: str = "",
    ) -> Iterator[dict[Block, Any]]:
        """Show the previews and the result of a job; after a stop or an error, the previous result is shown again.

        Args:
            updates: of the job.
            previous: the result that is shown now.
            shelf: the session's stacks.
            made: what prompts made, whose stacks are kept.
            photo_path: the photo's own file.
        """
        try:
            for update in updates:
                if update.result is not None:
                    yield self._show_new(update.result, shelf, made)
                else:
                    shown = self.result.show_preview(update.preview)
                    preview = update.photo_preview
                    yield shown if preview is None else shown | self.show_photo(photo_path, preview)
        except Replaced:  # what follows is shown already; of a generator without a yield gradio empties all outputs
            yield {self.result.status: gr.skip()}
        except Cancelled:
            yield self._show_previous(previous, photo_path) | {self.result.status: STOPPED}
        except GeneratorExit:
            raise
        except BaseException:
            yield self._show_previous(previous, photo_path)  # the browser showed the photo by itself
            raise

    def _show_previous(self, previous: SessionResult | None, photo_path: str) -> dict[Block, Any]:
        """Updates that show the previous result again, and its photo in place of another."""
        shown = self.result.show_result(previous)
        if previous is None or not photo_path or photo_path == previous.photo_path:
            return shown
        return shown | self.show_photo(previous.photo_path, previous.photo_preview)

    def show_photo(self, photo_path: str, preview: Path | None) -> dict[Block, Any]:
        """Updates that show a photo in the photo control, as a preview where browsers do not show its format."""
        return {self.photo: ShownPhoto(photo_path, preview) if photo_path else None}

    def show_again(
        self, result: SessionResult, shelf: tuple[SessionResult, ...], made: MadePictures
    ) -> dict[Block, Any]:
        """Updates that show an earlier stack with its settings, without rendering."""
        release_others((*shelf, *(one.result for one in made)), result)
        return {
            **self.result.show_result(result),
            self.state.result: result,
            self.shelf: shelf_view(shelf, result),
            **self.show_photo(result.photo_path, result.photo_preview),
            self.photo_stack: list(result.stack_paths) or None,
            **self.controls.updates(result.values),
        }

    def _show_new(
        self, result: SessionResult, shelf: tuple[SessionResult, ...], made: MadePictures
    ) -> dict[Block, Any]:
        kept, dropped = add_to_shelf(shelf, result)
        of_prompts = {one.result for one in made}
        for old in set(dropped) - of_prompts:
            self.context.folders.remove(old.folder)
        release_others((*kept, *of_prompts), result)
        return self.result.show_result(result) | {
            self.state.result: result,
            self.state.shelf: kept,
            self.shelf: shelf_view(kept, result),
        }


def add_photo_tab(context: AppContext, state: SessionState, examples: Sequence[Example]) -> PhotoTab:
    """Put the components on the page, within its gr.Tab."""
    gr.Markdown(_TAGLINE, elem_id="tagline")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="photo-side"):
            photo = photo_input("Photo", elem_id="photo")
            strip = example_strip(examples)
        with gr.Column(elem_id="picture-side"):
            result = add_result_area()
        with gr.Column(elem_id="controls-side"):
            controls = add_settings(context)
            with controls.more:
                photo_stack = photo_stack_input()
            shelf = Shelf(elem_id="shelf")  # last, so that nothing moves when it appears
    job_number = gr.Number(visible=False, precision=0)
    return PhotoTab(context, state, photo, strip, examples, result, controls, photo_stack, shelf, job_number)
