"""Builds the page from its parts and starts its server."""

import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from starlette.middleware import Middleware

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.pipeline import RefocusPipeline
from refocus.ui.api.endpoints import add_compare_endpoint, add_prompt_endpoints, add_refocus_endpoint
from refocus.ui.app.theme import PAGE_CSS, theme
from refocus.ui.app_context import SESSION_S, AppContext, SessionState
from refocus.ui.compare.compare_tab import add_compare_tab
from refocus.ui.components.page_files import page_code, page_head
from refocus.ui.folders import ResultFolders, assets_folder
from refocus.ui.photo.examples import Example, bundled_examples
from refocus.ui.photo.photo_events import connect_photo_events
from refocus.ui.photo.photo_tab import add_photo_tab
from refocus.ui.photo.result_events import connect_result_events
from refocus.ui.prompt.prompt_events import connect_prompts
from refocus.ui.run.session_result import SessionResult
from refocus.ui.security.http_policy import HttpPolicy, is_loopback
from refocus.ui.security.queue_limits import LimitedQueue
from refocus.ui.security.upload_guard import GuardedBlocks, refuse_server_files_from_assistants
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


_HERE = Path(__file__).resolve().parent
_BYTES_PER_PIXEL = 6  # of the largest photo file: 16-bit RGB, not compressed


def build_app(settings: Settings) -> tuple[gr.Blocks, ResultFolders]:
    """The page with its pipeline, not yet served, and the folders for its results."""
    folders = ResultFolders()
    # For uploads and shown files. gradio's default is one folder for all apps of a computer, each of which serves the
    # files of all.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(folders.shown))
    pipeline = RefocusPipeline(settings)
    pipeline.prepare()
    return build_page(pipeline, folders, bundled_examples(assets_folder())), folders


def serve(settings: Settings, *, block: bool = True) -> gr.Blocks:
    """Start the app; host and port are gradio's own settings (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT).

    Args:
        settings: from the environment.
        block: return only when the server is stopped.

    Returns:
        The running app; its address is `local_url`.

    Raises:
        BadInput: when the settings need a package that is not installed.
    """
    if settings.mcp and find_spec("mcp") is None:
        raise BadInput(
            "REFOCUS_MCP is set, but what it needs is not installed.",
            todo='Run `pip install "gradio[mcp]"`, or unset REFOCUS_MCP.',
        )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    page, _ = build_app(settings)
    LimitedQueue.install(page)
    page.launch(
        theme=theme(),
        head=page_head(),
        css=PAGE_CSS + page_code(_HERE / "page.css"),
        max_file_size=settings.max_pixels * _BYTES_PER_PIXEL,
        allowed_paths=[str(assets_folder())],
        footer_links=["api", "settings"],
        ssr_mode=False,
        mcp_server=settings.mcp,
        prevent_thread_lock=not block,
        app_kwargs={"middleware": [_http_policy()], "lifespan": _before_requests(page)},
    )
    return page


def _http_policy() -> Middleware:
    """The HTTP policy for the address that gradio's own settings name."""
    listens_on = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    shared = os.environ.get("GRADIO_SHARE", "").lower() == "true" or gr.utils.colab_check()
    proxy = urlsplit(os.environ.get("GRADIO_ROOT_PATH", "")).hostname
    hosts = frozenset([proxy] if proxy else [])
    return Middleware(
        HttpPolicy,
        hosts=hosts if is_loopback(listens_on) and not shared else None,
        on_space="SPACE_ID" in os.environ,
    )


def _before_requests(page: gr.Blocks) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        refuse_server_files_from_assistants(page)  # the MCP server exists now, and serves no request yet
        yield

    return lifespan
