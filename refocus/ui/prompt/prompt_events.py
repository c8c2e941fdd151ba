"""Bokeh prompts on the page: what is understood while the user types, the finished picture, the session's history."""

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from refocus.core import BokehSpec
from refocus.media.mask import read_focus_mask
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, choose_focus
from refocus.subjects import FocusChoice, mask_within, rack_disparities
from refocus.ui.app_context import QUIET, RENDERS, AppContext, signal_end
from refocus.ui.photo.photo_tab import PhotoTab
from refocus.ui.prompt.before_after import BeforeAfterView, PromptResult, render_prompt, view_in_history
from refocus.ui.prompt.prompt_box import PromptBox, PromptRequest
from refocus.ui.run.interruptible import finished, run_interruptibly
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.status_text import LOST
from refocus.ui.security.shown_text import errors_as_toasts, failure, inform
from refocus.ui.viewer.focus_viewer import FocusViewer, outline_path

_SURE_FROM = 0.4  # of `Region.confidence`
_MAX_HISTORY = 12  # pictures of a session; the oldest is removed first


@dataclass(frozen=True, slots=True, eq=False)
class HistoryEntry:
    """One picture of the session, the request it answers, and the folder name of the stack it was made from."""

    picture: PromptResult
    request: PromptRequest
    stack: str


History = tuple[HistoryEntry, ...]
Mask = NDArray[np.bool_]


def connect_prompts(tab: PhotoTab) -> None:
    """Connect the prompt box and the finished pictures with the viewer and the stack."""
    box, viewer, before_after = tab.result.prompt, tab.result.viewer, tab.result.before_after
    result, folders = tab.state.result, tab.context.folders

    def apply(
        result: SessionResult | None,
        history: History,
        mask: Mask | None,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[BeforeAfterView, History]:
        job = JobContext.of(request, progress)
        with errors_as_toasts():
            if result is None:
                raise failure(LOST)
            prompt = PromptRequest.of(event)
            history = (_render(tab.context, result, prompt, mask, job), *history)
            for entry in history[_MAX_HISTORY:]:
                folders.remove(entry.picture.folder)
            history = history[:_MAX_HISTORY]
            return view_in_history([entry.picture for entry in history], 0), history
        return gr.skip(), gr.skip()

    mask, history = gr.State(None), gr.State(())
    viewer.focus(_tapped_in_viewer, outputs=[box], **QUIET)
    viewer.mark(_marked_in_viewer, outputs=[box], **QUIET)
    bring = tab.result.focus_mask
    bring.upload(_mask_brought, [bring, result], [mask, box, viewer], **QUIET)
    before_after.correct(_tapped_in_picture, [result, history], [box], **QUIET)
    box.understand(understand, [result, mask], [box, viewer], trigger_mode="multiple", concurrency_limit=2, **QUIET)
    outputs = [before_after, history]
    applied = box.apply(apply, [result, history, mask], outputs, show_progress_on=[tab.result.status], **RENDERS)
    signal_end(applied, box, "applied")
    before_after.chosen(_show_again, [history], [before_after], **QUIET)


def understand(result: SessionResult | None, mask: Mask | None, event: gr.EventData) -> tuple[dict[str, Any], Any]:
    """What the text says as chips, and where the subject is as an outline in the viewer."""
    with errors_as_toasts():
        prompt = PromptRequest.of(event)
        if result is None:
            return prompt.answer("", sure=True), gr.skip()
        choices = _focus_choices(result.refocused, prompt, mask)
        masks = [choice.region.mask for choice in choices if choice.region is not None]
        sure = all(choice.region is None or choice.region.confidence >= _SURE_FROM for choice in choices)
        found = " ".join(choice.explanation for choice in choices)
        shown: dict[str, Any] = {"outline": "".join(map(outline_path, masks))}
        if not prompt.places and _names_a_place(prompt.spec()) and choices:
            position = float(result.refocused.stack.position_of(choices[-1].disparity))
            shown["pull"] = {"position": position, "number": prompt.number}
        return prompt.answer(found, sure=sure), FocusViewer(**shown)
    return gr.skip(), gr.skip()


def _render(
    context: AppContext, result: SessionResult, prompt: PromptRequest, mask: Mask | None, job: JobContext
) -> HistoryEntry:
    """The finished picture. Its folder is removed when it fails."""
    wanted = _bokeh_request(result.refocused, prompt, mask)
    folder = context.folders.new(job.session)
    work = run_interruptibly(
        context,
        lambda report: render_prompt(result.refocused, wanted, folder, progress=report),
        job,
        clean_up=lambda: context.folders.remove(folder),
    )
    return HistoryEntry(finished(work), prompt, result.folder.name)


def _bokeh_request(result: Refocused, prompt: PromptRequest, mask: Mask | None) -> BokehRequest:
    """The request of a prompt, with its tap in pixels of the photo, or with its region."""
    if prompt.uses_mask and mask is not None:
        return BokehRequest(prompt.spec(), mask=mask)
    if prompt.region:
        return BokehRequest(prompt.spec(), mask=mask_within(prompt.region, result.scene.disparity.values.shape))
    if prompt.tap is None:
        return BokehRequest(prompt.spec())
    width, height = result.photo.width, result.photo.height
    x, y = (min(share * side, side - 1.0) for share, side in zip(prompt.tap, (width, height), strict=True))
    return BokehRequest(prompt.spec(), at=(x, y))


def _focus_choices(result: Refocused, prompt: PromptRequest, mask: Mask | None) -> tuple[FocusChoice, ...]:
    """Where the focus lies: one place, the two ends of a pull, or none when the text says nothing about it."""
    request = _bokeh_request(result, prompt, mask)
    spec = prompt.spec()
    if spec.focus == "everything" or spec.blur == 0.0 or not (prompt.text.strip() or request.points):
        return ()
    if request.pulls_focus:
        start, end = rack_disparities(spec, result.scene.all_in_focus, result.scene.disparity, finder=result.finder)
        return start, choose_focus(result, request) if request.points else end
    return (choose_focus(result, request),)


def _names_a_place(spec: BokehSpec) -> bool:
    return bool(spec.subject or spec.side or spec.focus or spec.focus_distance_m or spec.rack)


def _tapped_in_viewer(event: gr.EventData) -> Any:
    if event.x is None:  # the slider came to rest
        return gr.skip()
    return PromptBox(tapped={"x": event.x, "y": event.y, "apply": False})


def _marked_in_viewer(event: gr.EventData) -> Any:
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
            outline = "" if choice.region is None else outline_path(choice.region.mask)
            pull = {"position": position, "number": secrets.token_hex(4)}
            return mask, PromptBox(tapped={"mask": True, "apply": False}), FocusViewer(outline=outline, pull=pull)
    return gr.skip(), gr.skip(), gr.skip()


def _tapped_in_picture(result: SessionResult | None, history: History, event: gr.EventData) -> Any:
    """Render that picture again, with its own text, focused where it was tapped."""
    if result is None or not 0 <= int(event.index) < len(history):
        raise failure(LOST)
    entry = history[int(event.index)]
    if entry.stack != result.folder.name:
        inform("This picture was made from another stack. Use the prompt above to make a new one.")
        return gr.skip()
    prompt = {"text": entry.request.text, "left_out": list(entry.request.removed)}
    return PromptBox(tapped={"x": event.x, "y": event.y, "apply": True, **prompt})


def _show_again(history: History, event: gr.EventData) -> Any:
    index = int(event.index)
    if not 0 <= index < len(history):
        raise failure(LOST)
    return view_in_history([entry.picture for entry in history], index)
