"""Builds the page from its parts and starts its server."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware

from refocus.core import BadInput
from refocus.core.settings import Settings, server_port
from refocus.pipeline import RefocusPipeline
from refocus.ui.api.endpoints import add_compare_endpoint, add_prompt_endpoints, add_refocus_endpoint
from refocus.ui.app.sessions import OpenPages, Sessions
from refocus.ui.app.theme import PAGE_CSS, theme
from refocus.ui.app_context import AppContext, SessionState
from refocus.ui.compare.compare_tab import add_compare_tab
from refocus.ui.components.page_files import page_code, page_head
from refocus.ui.folders import ResultFolders, assets_folder
from refocus.ui.photo.examples import Example, bundled_examples
from refocus.ui.photo.photo_events import connect_photo_events
from refocus.ui.photo.photo_tab import add_photo_tab
from refocus.ui.photo.result_events import connect_result_events
from refocus.ui.prompt.prompt_events import connect_prompts
from refocus.ui.security.http_policy import HttpPolicy, is_loopback, malformed
from refocus.ui.security.queue_limits import LimitedQueue
from refocus.ui.security.upload_guard import GuardedBlocks, refuse_server_files_from_assistants
from refocus.ui.touch_up.touch_up_events import connect_touch_up

TITLE = "Refocus"
_STOP_S = 1


def build_page(context: AppContext, examples: Sequence[Example]) -> gr.Blocks:
    """The whole page.

    Args:
        context: what its sessions share.
        examples: photos to offer.
    """
    with GuardedBlocks(
        context.folders.use_upload,
        examples=[example.path for example in examples],
        title=TITLE,
        analytics_enabled=False,
    ) as blocks:
        state = SessionState(gr.State(None), gr.State(None), gr.State(()), gr.State(None), gr.State(()))
        gr.HTML(f"<h1>{TITLE}</h1>", elem_id="head", padding=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("One photo", id="refocus"):
                tab = add_photo_tab(context, state, examples)
            add_compare_tab(context, state, tab.photo)
        connect_photo_events(tab)
        connect_result_events(tab, blocks)
        connect_touch_up(tab)
        connect_prompts(tab)
        add_refocus_endpoint(context)
        add_prompt_endpoints(context)
        add_compare_endpoint(context)
    return blocks


_HERE = Path(__file__).resolve().parent
_BYTES_PER_PIXEL = 6  # of the largest photo file: 16-bit RGB, not compressed


def build_app(settings: Settings, folders: ResultFolders | None = None) -> tuple[gr.Blocks, AppContext]:
    """The page, not yet served, and what its sessions share.

    Args:
        settings: from the environment.
        folders: for all files; by default new ones, which gradio uses too.
    """
    if folders is None:
        folders = ResultFolders()
        folders.use_for_gradio()
    pipeline = RefocusPipeline(settings)
    pipeline.prepare()
    context = AppContext(pipeline, folders)
    return build_page(context, bundled_examples(assets_folder())), context


def serve(settings: Settings, folders: ResultFolders | None = None, *, block: bool = True) -> gr.Blocks:
    """Start the app; host and port are gradio's own settings (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT).

    Args:
        settings: from the environment.
        folders: as in `build_app`.
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
    page, context = build_app(settings, folders)
    sessions = Sessions(page, context)
    LimitedQueue.install(page)
    port = server_port(os.environ)
    try:
        page.launch(
            server_port=port,
            theme=theme(),
            head=page_head(),
            css=PAGE_CSS + page_code(_HERE / "page.css"),
            max_file_size=settings.max_pixels * _BYTES_PER_PIXEL,
            allowed_paths=[str(assets_folder())],
            footer_links=["api", "settings"],
            ssr_mode=False,
            mcp_server=settings.mcp,
            prevent_thread_lock=True,
            _frontend=False,  # gradio would give up when its first page takes 3 s, as on a busy computer
            app_kwargs={
                "middleware": [_http_policy(), Middleware(OpenPages, sessions=sessions)],
                "lifespan": _while_serving(page, sessions),
                "exception_handlers": {RequestValidationError: malformed},
            },
        )
    except OSError as error:
        raise _cannot_listen(port) from error
    # Open pages hold connections for good, for which a closed server would wait, and work, for ever.
    page.server.config.timeout_graceful_shutdown = _STOP_S
    context.folders.keep_present()
    if block:
        _wait_until_stopped(page)
    return page


def _server_name() -> str:
    """The address that gradio listens on."""
    return os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")


def _cannot_listen(port: int | None) -> BadInput:
    """The error when nothing can listen there."""
    name = _server_name()
    try:
        socket.create_server((name.strip("[]"), 0), family=socket.AF_INET6 if ":" in name else socket.AF_INET).close()
    except OSError:
        return BadInput(
            f"GRADIO_SERVER_NAME is {name!r}, which is no address of this computer.",
            todo="Set 127.0.0.1, or 0.0.0.0 to be reached from elsewhere.",
        )
    place = "All ports from 7860 on are" if port is None else f"Port {port} is"
    return BadInput(f"{place} taken, or not allowed.", todo="Set GRADIO_SERVER_PORT to a free port.")


def _wait_until_stopped(page: gr.Blocks) -> None:
    try:
        while page.is_running:
            time.sleep(0.1)
    except KeyboardInterrupt:
        logging.disable()  # requests that are cut off now are no errors
        page.close(verbose=False)


def _http_policy() -> Middleware:
    """The HTTP policy for the address that gradio's own settings name."""
    shared = os.environ.get("GRADIO_SHARE", "").lower() == "true" or gr.utils.colab_check()
    proxy = urlsplit(os.environ.get("GRADIO_ROOT_PATH", "")).hostname
    hosts = frozenset([proxy] if proxy else [])
    return Middleware(
        HttpPolicy,
        hosts=hosts if is_loopback(_server_name()) and not shared else None,
        on_space="SPACE_ID" in os.environ,
    )


def _while_serving(page: gr.Blocks, sessions: Sessions) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        refuse_server_files_from_assistants(page)  # the MCP server exists now, and serves no request yet
        sweeping = asyncio.create_task(sessions.sweep_forever())
        try:
            yield
        finally:
            sweeping.cancel()

    return lifespan
