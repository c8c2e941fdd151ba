"""Builds the page from its parts."""

from collections.abc import Sequence

import gradio as gr

from refocus.pipeline import RefocusPipeline
from refocus.ui.api.compare_endpoint import add_compare_endpoint
from refocus.ui.api.prompt_endpoints import add_prompt_endpoints
from refocus.ui.api.refocus_endpoint import add_refocus_endpoint
from refocus.ui.app_context import SESSION_S, AppContext, SessionState
from refocus.ui.compare.compare_tab import add_compare_tab
from refocus.ui.folders import ResultFolders
from refocus.ui.photo.examples import Example
from refocus.ui.photo.photo_events import connect_photo_events
from refocus.ui.photo.photo_tab import add_photo_tab
from refocus.ui.photo.result_events import connect_result_events
from refocus.ui.prompt.prompt_events import connect_prompts
from refocus.ui.run.session_result import SessionResult
from refocus.ui.security.upload_guard import GuardedBlocks
from refocus.ui.touch_up.touch_up_events import connect_touch_up

TITLE = "Refocus"
_CACHE_CHECK_S = 600


def build_page(pipeline: RefocusPipeline, folders: ResultFolders, examples: Sequence[Example]) -> gr.Blocks:
    """The whole page.

    Args:
        pipeline: runs the engines.
        folders: where results are written.
        examples: photos to offer.
    """
    context = AppContext(pipeline, folders)
    with GuardedBlocks(
        examples=[example.path for example in examples],
        title=TITLE,
        delete_cache=(_CACHE_CHECK_S, SESSION_S),
        analytics_enabled=False,
    ) as blocks:
        state = _session_state(folders)
        gr.HTML(f"<h1>{TITLE}</h1>", elem_id="head", padding=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("One photo", id="refocus"):
                tab = add_photo_tab(context, state, examples)
            add_compare_tab(context, state)
        connect_photo_events(tab)
        connect_result_events(tab, blocks)
        connect_touch_up(tab)
        connect_prompts(tab)
        add_refocus_endpoint(context)
        add_prompt_endpoints(context)
        add_compare_endpoint(context)
        blocks.unload(context.forget_session)
    return blocks


def _session_state(folders: ResultFolders) -> SessionState:
    def forget(shelf: tuple[SessionResult, ...]) -> None:
        for result in shelf:
            folders.remove(result.folder)

    return SessionState(
        result=gr.State(None, time_to_live=SESSION_S),
        shelf=gr.State((), time_to_live=SESSION_S, delete_callback=forget),
        original=gr.State(None, time_to_live=SESSION_S),
        position_set_for=gr.State(None, time_to_live=SESSION_S),
    )
