"""Toasts and error messages. gradio shows their text as HTML, so it is escaped for the page."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from refocus.core import Cancelled, RefocusError
from refocus.ui.security.shown_text import as_html, without_folders

_UNEXPECTED = "Something unexpected went wrong. Try again or use another photo; the log has the details."
logger = logging.getLogger(__name__)


def failure(sentence: str, *, html: bool = True) -> gr.Error:
    """What to raise to show a sentence: a toast on the page, or an error's message for a program.

    Args:
        sentence: any text.
        html: whether it is shown on the page; programs get it as it is.
    """
    text = without_folders(sentence)
    return gr.Error(as_html(text) if html else text, print_exception=False)


def inform(sentence: str) -> None:
    """Show a sentence in a toast, while an event of the page is handled."""
    gr.Info(as_html(without_folders(sentence)))


@contextmanager
def errors_as_toasts(*, on_page: bool = True) -> Iterator[None]:
    """Turn exceptions into one sentence on the page, or for a program; `Cancelled` ends the block without one."""
    try:
        yield
    except Cancelled:
        return
    except RefocusError as error:
        raise failure(str(error), html=on_page) from error
    except gr.Error:
        raise
    except Exception as error:
        logger.exception("refocusing failed")
        raise failure(_UNEXPECTED, html=on_page) from error
