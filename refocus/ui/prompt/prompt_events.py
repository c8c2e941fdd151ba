"""Bokeh prompts on the page: what is understood while the user types, the finished picture, the session's history."""

import secrets
from typing import Any

import gradio as gr
import numpy as np
from gradio.blocks import Block
from numpy.typing import NDArray

from refocus.core import Progress
from refocus.media.mask import read_focus_mask
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, choose_focus, tapped_region
from refocus.subjects import FocusChoice, mask_within, rack_disparities
from refocus.ui.app_context import QUIET, RENDERS, AppContext, signal_end
from refocus.ui.components.page_component import PageEvent
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.made_picture import (
    MadePicture,
    MadePictures,
    PromptResult,
    add_made,
    made_named,
    made_shelf,
    made_view,
    render_prompt,
)
from refocus.ui.prompt.prompt_box import PromptBox, PromptRequest
from refocus.ui.run.full_size_picture import kept_full_size
from refocus.ui.run.interruptible import finished, run_interruptibly
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import LOST
from refocus.ui.security.shown_text import errors_as_toasts, failure
from refocus.ui.shelf.shelf import ShelfView
from refocus.ui.viewer.focus_viewer import FocusView, FocusViewer, outline_path

_SURE_FROM = 0.4  # of `Region.confidence`


Mask = NDArray[np.bool_]


def connect_prompts(tab: PhotoTab) -> None:
    """Connect the prompt box and the pictures made from prompts with the viewer and the stack."""
    box, viewer, shelf = tab.result.prompt, tab.result.viewer, tab.result.made
    state, folders = tab.state, tab.context.folders

    def apply(
        result: SessionResult | None,
        stacks: tuple[SessionResult, ...],
        made: MadePictures,
        mask: Mask | None,
        event: PageEvent,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[FocusView, ShelfView, MadePictures]:
        job = JobContext.of(request, progress)
        with errors_as_toasts():
            if result is None:
                raise failure(LOST)
            latest = _render(tab.context, result, PromptRequest.of(event), mask, job)
            made, dropped = add_made(made, latest, stacks)
            for folder in dropped:
                folders.remove(folder)
            return made_view(latest), made_shelf(made), made
        return gr.skip(), gr.skip(), gr.skip()

    def show_again(
        made: MadePictures, current: SessionResult | None, stacks: tuple[SessionResult, ...], event: PageEvent
    ) -> dict[Block, Any]:
        index = event.whole("index")
        if index >= len(made):
            raise failure(LOST)
        picked = made[index]
        shown = {} if picked.result is current else tab.show_again(picked.result, stacks, made)
        return shown | {viewer: made_view(picked)}

    mask = gr.State(None)
    viewer.focus(_tapped_in_viewer, outputs=[box], **QUIET)
    viewer.mark(_marked_in_viewer, outputs=[box], **QUIET)
    bring = tab.result.focus_mask
    bring.upload(_mask_brought, [bring, state.result], [mask, box, viewer], **QUIET)
    viewer.correct(_tapped_in_picture, [state.made], [box], **QUIET)
    box.understand(
        understand, [state.result, mask], [box, viewer], trigger_mode="multiple", concurrency_limit=2, **QUIET
    )
    inputs, outputs = [state.result, state.shelf, state.made, mask], [viewer, shelf, state.made]
    applied = box.apply(apply, inputs, outputs, show_progress_on=[tab.result.status], **RENDERS)
    signal_end(applied, box, "applied")
    picked = shelf.pick(show_again, [state.made, state.result, state.shelf], tab.outputs_of_another(), **QUIET)
    picked.then(**tab.fill_details())


def understand(result: SessionResult | None, mask: Mask | None, event: PageEvent) -> tuple[dict[str, Any], Any]:
    """What the text says as chips, and where the subject is as an outline in the viewer."""
    with errors_as_toasts():
        prompt = PromptRequest.of(event)
        if result is None:
            return prompt.answer("", sure=True), gr.skip()
        choices = _focus_choices(result.refocused, prompt, mask)
        masks = [choice.region.mask for choice in choices if choice.region is not None]
        sure = all(choice.region is None or choice.region.confidence >= _SURE_FROM for choice in choices)
        found = " ".join(choice.explanation for choice in choices)
        if prompt.quiet:
            return prompt.answer(found, sure=sure), gr.skip()
        scene = result.view.scene
        tapped = tapped_region(result.refocused, _bokeh_request(result.refocused, prompt, mask)) if choices else None
        paths = [outline_path(mask) for mask in (*masks, *([] if tapped is None else [tapped.mask]))]
        belongs = {"scene": scene, "asked": prompt.number}
        shown: dict[str, Any] = {"outline": {"path": "".join(paths), "fades": tapped is not None, **belongs}}
        if not prompt.places and prompt.spec().names_focus and choices:
            position = float(result.refocused.stack.position_of(choices[-1].disparity))
            shown["pull"] = {"position": position, **belongs}
        return prompt.answer(found, sure=sure), FocusViewer(**shown)
    return gr.skip(), gr.skip()


def _render(
    context: AppContext, result: SessionResult, prompt: PromptRequest, mask: Mask | None, job: JobContext
) -> MadePicture:
    """The finished picture. Its folder is removed when it fails."""
    wanted = _bokeh_request(result.refocused, prompt, mask)
    folder = context.folders.new(job.session)

    def render(report: Progress) -> PromptResult:
        kept = None if wanted.pulls_focus else kept_full_size(result, wanted)
        return render_prompt(result.refocused, wanted, folder, rendered=kept, progress=report)

    work = run_interruptibly(
        context,
        render,
        job,
        clean_up=lambda: context.folders.remove(folder),
    )
    return MadePicture(finished(work), prompt, result)


def _bokeh_request(result: Refocused, prompt: PromptRequest, mask: Mask | None) -> BokehRequest:
    """The request of a prompt with its place, which is the focus in the viewer when neither user nor text give one."""
    if prompt.uses_mask and mask is not None:
        return BokehRequest(prompt.spec(), mask=mask)
    if prompt.region:
        return BokehRequest(prompt.spec(), mask=mask_within(prompt.region, result.scene.disparity.values.shape))
    if prompt.tap is None and prompt.position is not None and not prompt.spec().names_focus:
        return BokehRequest(prompt.spec(), position=min(max(prompt.position, 0.0), len(result.stack) - 1.0))
    if prompt.tap is None:
        return BokehRequest(prompt.spec())
    width, height = result.photo.width, result.photo.height
    x, y = (min(share * side, side - 1.0) for share, side in zip(prompt.tap, (width, height), strict=True))
    return BokehRequest(prompt.spec(), at=(x, y))


def _focus_choices(result: Refocused, prompt: PromptRequest, mask: Mask | None) -> tuple[FocusChoice, ...]:
    """Where the focus lies: one place, the two ends of a pull, or none when the text says nothing about it."""
    request = _bokeh_request(result, prompt, mask)
    spec = prompt.spec()
    if spec.focus == "everything" or spec.blur == 0.0 or not (prompt.text.strip() or prompt.places):
        return ()
    if request.pulls_focus:
        start, end = rack_disparities(spec, result.scene.all_in_focus, result.scene.disparity, finder=result.finder)
        return start, choose_focus(result, request) if prompt.places else end
    return (choose_focus(result, request),)


def _tapped_in_viewer(event: PageEvent) -> Any:
    if event.x is None:  # the slider came to rest
        return gr.skip()
    return PromptBox(tapped={"x": event.x, "y": event.y, "apply": False})


def _marked_in_viewer(event: PageEvent) -> Any:
    return PromptBox(tapped={"region": event.points, "apply": False})


def _mask_brought(path: str | None, result: SessionResult | None) -> tuple[Any, Any, Any]:
    """Check the mask against the picture, move the focus there, and let the prompt box use it."""
    with errors_as_toasts():
        if result is None:
            raise failure(LOST)
        if path is not None:
            mask = read_focus_mask(path)
            choice = choose_focus(result.refocused, BokehRequest(mask=mask))
            position = float(result.refocused.stack.position_of(choice.disparity))
            scene = result.view.scene
            outline = {"path": "" if choice.region is None else outline_path(choice.region.mask), "scene": scene}
            pull = {"position": position, "scene": scene, "number": secrets.token_hex(4)}
            return mask, PromptBox(tapped={"mask": True, "apply": False}), FocusViewer(outline=outline, pull=pull)
    return gr.skip(), gr.skip(), gr.skip()


def _tapped_in_picture(made: MadePictures, event: PageEvent) -> Any:
    """Render what a prompt made again, with its own text, focused where it was tapped."""
    tapped = made_named(made, event.made)
    if tapped is None:
        raise failure(LOST)
    prompt = {"text": tapped.asked.text, "left_out": list(tapped.asked.removed)}
    return PromptBox(tapped={"x": event.x, "y": event.y, "apply": True, **prompt})
