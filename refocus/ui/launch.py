"""Builds the app and starts its server."""

import logging
from pathlib import Path

import gradio as gr

from refocus.core.settings import Settings
from refocus.pipeline import RefocusPipeline
from refocus.ui.examples import bundled_examples
from refocus.ui.folders import ResultFolders
from refocus.ui.page import build_page
from refocus.ui.theme import PAGE_CSS, theme
from refocus.ui.words import I18N

_HERE = Path(__file__).resolve().parent
_EXAMPLES = _HERE.parents[1] / "assets"
# A file of the largest photo allowed: 16-bit RGB, not compressed.
_BYTES_PER_PIXEL = 6


def build_app(settings: Settings) -> tuple[gr.Blocks, ResultFolders]:
    """The page with its pipeline, not yet served, and the folders it keeps results in."""
    folders = ResultFolders()
    pipeline = RefocusPipeline(settings)
    pipeline.prepare()
    return build_page(pipeline, folders, bundled_examples(_EXAMPLES)), folders


def serve(settings: Settings, *, block: bool = True) -> gr.Blocks:
    """Start the app; host and port are gradio's own settings (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT).

    Args:
        settings: from the environment.
        block: wait until the server is stopped.

    Returns:
        The running app; its address is `local_url`.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    page, folders = build_app(settings)
    page.queue(max_size=32).launch(
        theme=theme(),
        css=PAGE_CSS,
        css_paths=[_HERE / "page.css"],
        js=(_HERE / "page.js").read_text("utf-8"),
        max_file_size=settings.max_pixels * _BYTES_PER_PIXEL,
        allowed_paths=[str(folders.root), str(_EXAMPLES)],
        i18n=I18N,
        footer_links=["api", "settings"],
        ssr_mode=False,
        prevent_thread_lock=not block,
    )
    return page
