"""The page: what stands where."""

from collections.abc import Sequence

import gradio as gr

from refocus.pipeline import RefocusPipeline
from refocus.ui.api.compare_endpoint import add_compare_endpoint
from refocus.ui.api.prompt_endpoints import add_prompt_endpoints
from refocus.ui.api.refocus_endpoint import add_endpoints
from refocus.ui.app_context import RENDERING, SESSION_S, Ground, Session
from refocus.ui.compare.compare_tab import add_comparing
from refocus.ui.controls.settings_controls import add_controls
from refocus.ui.folders import ResultFolders
from refocus.ui.photo.examples import Example
from refocus.ui.photo.photo_area import add_photo_side, own_stack_control
from refocus.ui.photo.photo_tab import Page, wire
from refocus.ui.photo.result_area import add_picture_side
from refocus.ui.photo.result_events import wire_result
from refocus.ui.prompt.prompt_events import wire_prompts
from refocus.ui.run.actions import Handlers
from refocus.ui.security.upload_guard import GuardedBlocks
from refocus.ui.shelf.shelf import Shelf
from refocus.ui.touch_up.touch_up_events import wire_touch_up

TITLE = "Refocus"
_TAGLINE = "Change the focus of a photo after it was taken: drop in a photo, then tap what should be sharp."


def build_page(pipeline: RefocusPipeline, folders: ResultFolders, examples: Sequence[Example]) -> gr.Blocks:
    """The whole page.

    Args:
        pipeline: runs the engines.
        folders: where results go.
        examples: photos to offer.
    """
    ground = Ground(pipeline, folders)
    handlers = Handlers(pipeline, folders)
    offered = [example.path for example in examples]
    with GuardedBlocks(examples=offered, title=TITLE, delete_cache=(600, SESSION_S), analytics_enabled=False) as blocks:
        session = _session(handlers)
        gr.HTML(f"<h1>{TITLE}</h1>", elem_id="head", padding=False)
        with gr.Tabs(elem_id="faces"):
            with gr.Tab("One photo", id="refocus"):
                page = _refocus_face(ground, handlers, examples, session)
            add_comparing(ground, session)
        wire(page)
        wire_result(page, blocks, folders)
        wire_touch_up(page)
        wire_prompts(
            page.picture_side.prompts,
            page.picture_side.viewer,
            session.made,
            folders,
            session_s=SESSION_S,
            rendering=RENDERING,
        )
        add_endpoints(ground, handlers)
        add_prompt_endpoints(ground)
        add_compare_endpoint(ground)
    return blocks


def _session(handlers: Handlers) -> Session:
    return Session(
        made=gr.State(None, time_to_live=SESSION_S),
        shelf=gr.State((), time_to_live=SESSION_S, delete_callback=handlers.forget),
        original=gr.State(None, time_to_live=SESSION_S),
        moved_for=gr.State(None, time_to_live=SESSION_S),
    )


def _refocus_face(ground: Ground, handlers: Handlers, examples: Sequence[Example], session: Session) -> Page:
    gr.Markdown(_TAGLINE, elem_id="tagline")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="photo-side"):
            photo_side = add_photo_side(examples)
        with gr.Column(elem_id="picture-side"):
            picture_side = add_picture_side()
        with gr.Column(elem_id="controls-side"):
            controls = add_controls(ground, handlers.spec)
            with controls.more:
                own_stack = own_stack_control()
            shelf = Shelf(elem_id="shelf", padding=False)  # last: nothing moves when it appears
    return Page(handlers, photo_side, controls, own_stack, shelf, picture_side, session)
