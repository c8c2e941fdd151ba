"""Bokeh prompts on the page: what is understood while the user types, the finished picture, the session's history."""

import secrets
from dataclasses import dataclass
from typing import Any

import gradio as gr

from refocus.core import BokehSpec
from refocus.results import Refocused
from refocus.results.bokeh import BokehRequest, choose_focus
from refocus.subjects import FocusChoice, rack_disparities
from refocus.ui.app_context import whatever_happens
from refocus.ui.folders import ResultFolders
from refocus.ui.prompt.before_after import Compare
from refocus.ui.prompt.before_after_view import CompareView
from refocus.ui.prompt.prompt_box import Asked, answer, prompt_box
from refocus.ui.prompt.prompt_results import Render, render, shown_among
from refocus.ui.run.actions import Visit, told_to_the_user
from refocus.ui.run.session_result import Made
from refocus.ui.security.toasts import failure, inform
from refocus.ui.viewer import FocusViewer
from refocus.ui.viewer.outline import outline_path

_SURE_FROM = 0.4  # as `Region.confidence` has it


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """One picture of the session: its files, the question it answers, and the stack it was made from."""

    files: Render
    asked: Asked
    stack: str


History = tuple[Finished, ...]


@dataclass(frozen=True, slots=True)
class PromptPlaces:
    """The parts of the page that belong to prompts."""

    box: gr.HTML
    compare: Compare


def add_prompt_places() -> PromptPlaces:
    """Put the box and the finished picture on the page."""
    return PromptPlaces(box=prompt_box(), compare=Compare(elem_id="compare", padding=False))


def wire_prompts(
    places: PromptPlaces, viewer: FocusViewer, made: gr.State, folders: ResultFolders, *, session_s: int, rendering: str
) -> None:
    """Connect the prompt's parts with the viewer and the stack.

    Args:
        places: where things are shown.
        viewer: a tap on it corrects the subject, and it shows the outline of what was found.
        made: the session's finished stack.
        folders: where finished pictures go.
        session_s: how long a session lasts.
        rendering: the concurrency group of what uses every core.
    """
    prompting = Prompting(folders)
    renders = gr.State((), time_to_live=session_s, delete_callback=prompting.forget)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    box, compare = places.box, places.compare
    viewer.focus(_tapped_in_viewer, outputs=[box], **quiet)
    compare.correct(_tapped_in_result, [made, renders], [box], **quiet)
    box.understand(prompting.understand, [made], [box, viewer], trigger_mode="multiple", concurrency_limit=2, **quiet)
    applied = box.apply(
        prompting.apply,
        [made, renders],
        [compare, renders],
        api_visibility="private",
        show_progress_on=[compare],
        concurrency_limit=1,
        concurrency_id=rendering,
    )
    whatever_happens(applied, fn=_applied, outputs=[box], **quiet)
    compare.chosen(_chosen, [renders], [compare], **quiet)


class Prompting:
    """What happens when the user says something. Everything of one session comes in and goes out.

    Args:
        folders: where finished pictures go.
    """

    def __init__(self, folders: ResultFolders) -> None:
        self._folders = folders

    def understand(self, made: Made | None, event: gr.EventData) -> tuple[dict[str, Any], Any]:
        """What the words say as chips, and where the subject is as an outline in the viewer."""
        with told_to_the_user():
            asked = Asked.of(event)
            if made is None:
                return answer(asked, "", sure=True), gr.skip()
            choices = _choices(made.result, asked)
            masks = [choice.region.mask for choice in choices if choice.region is not None]
            sure = all(choice.region is None or choice.region.confidence >= _SURE_FROM for choice in choices)
            found = " ".join(choice.explanation for choice in choices)
            shown: dict[str, Any] = {"outline": "".join(map(outline_path, masks))}
            if asked.tap is None and _names_a_place(asked.spec()) and choices:
                position = float(made.result.stack.position_of(choices[-1].disparity))
                shown["pull"] = {"position": position, "number": asked.number}
            return answer(asked, found, sure=sure), FocusViewer(**shown)

    def apply(
        self,
        made: Made | None,
        history: History,
        event: gr.EventData,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[CompareView, History]:
        """The finished picture, and the history with it in front."""
        visit = Visit.of(request, progress)
        with told_to_the_user():
            if made is None:
                raise failure("Open a photo first.")
            asked = Asked.of(event)
            files = render(made.result, _wish(made.result, asked), self._folders.new(), progress=visit.tell)
            history = (Finished(files, asked, made.folder.name), *history)
            return _view(history, 0), history

    def forget(self, history: History) -> None:
        """Remove a session's finished pictures when it ends."""
        for item in history:
            self._folders.remove(item.files.folder)


def _wish(result: Refocused, asked: Asked) -> BokehRequest:
    """The wish of a question; its tap in pixels of the photo."""
    if asked.tap is None:
        return BokehRequest(asked.spec())
    width, height = result.photo.width, result.photo.height
    x, y = (min(share * side, side - 1.0) for share, side in zip(asked.tap, (width, height), strict=True))
    return BokehRequest(asked.spec(), at=(x, y))


def _choices(result: Refocused, asked: Asked) -> tuple[FocusChoice, ...]:
    """Where the focus lies: one place, the two ends of a pull, or none when nothing was said about it."""
    wish = _wish(result, asked)
    spec = asked.spec()
    if spec.focus == "everything" or spec.blur == 0.0 or not (asked.text.strip() or wish.points):
        return ()
    if wish.pulls_focus:
        start, end = rack_disparities(spec, result.scene.all_in_focus, result.scene.disparity, finder=result.finder)
        return start, choose_focus(result, wish) if wish.points else end
    return (choose_focus(result, wish),)


def _view(history: History, index: int) -> CompareView:
    return shown_among([item.files for item in history], index)


def _names_a_place(spec: BokehSpec) -> bool:
    return bool(spec.subject or spec.side or spec.focus or spec.focus_distance_m or spec.rack)


def _tapped_in_viewer(event: gr.EventData) -> Any:
    if event.x is None:  # the slider came to rest
        return gr.skip()
    return gr.HTML(tapped={"x": event.x, "y": event.y, "apply": False})


def _tapped_in_result(made: Made | None, history: History, event: gr.EventData) -> Any:
    """Make that picture again with the focus where it was tapped; its own words come back with it."""
    if made is None or not 0 <= int(event.index) < len(history):
        return gr.skip()
    item = history[int(event.index)]
    if item.stack != made.folder.name:
        inform("This picture was made from another stack. Use the prompt above to make a new one.")
        return gr.skip()
    words = {"text": item.asked.text, "left_out": list(item.asked.left_out)}
    return gr.HTML(tapped={"x": event.x, "y": event.y, "apply": True, **words})


def _applied() -> gr.HTML:
    return gr.HTML(applied=secrets.token_hex(4))


def _chosen(history: History, event: gr.EventData) -> Any:
    index = int(event.index)
    return _view(history, index) if 0 <= index < len(history) else gr.skip()
