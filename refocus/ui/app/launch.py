"""Builds the app and starts its server."""

import logging
import os
from collections.abc import AsyncIterator
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
from refocus.ui.app.page import build_page
from refocus.ui.app.theme import PAGE_CSS, theme
from refocus.ui.components.page_files import page_code, page_head
from refocus.ui.folders import ResultFolders, assets_folder
from refocus.ui.photo.examples import bundled_examples
from refocus.ui.security.http_policy import HttpPolicy, is_loopback
from refocus.ui.security.queue_limits import LimitedQueue
from refocus.ui.security.upload_guard import refuse_server_files_from_assistants

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
