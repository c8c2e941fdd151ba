"""Text and error messages made safe to show: without the server's folders, and escaped for HTML or Markdown."""

import html
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import gradio as gr

from refocus.core import Cancelled, RefocusError
from refocus.ui.security.http_policy import DISK_FULL, FULL

Value = TypeVar("Value")

_PATH_FOLDER = r"(?:[^\s/\\\"'“”‘’<>|:;,()\[\]]+[/\\])"
_WORD_START = r"(?<![^\s\"'“‘„(\[=,;])"
# One or more folders before a last name: POSIX, Windows, home folder or network paths.
_FOLDERS = re.compile(rf"{_WORD_START}(?:[A-Za-z]:[/\\]|~[/\\]|[/\\]{{1,2}}){_PATH_FOLDER}+")
# What has a meaning in Markdown: its special characters, the start of a list item, and the start of an address.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!<>|~$@:=^]|^-|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=www)\.)", re.IGNORECASE)


def without_folders(text: str) -> str:
    """The text with every absolute path cut down to its last name: "/srv/app/7f3a/cat.jpg" becomes "cat.jpg".

    Visitors know files by their names, and must not learn where they are on the server.
    """
    for root in _roots():
        text = re.sub(rf"{_WORD_START}{re.escape(root)}[/\\]{_PATH_FOLDER}*", "", text)
    return _FOLDERS.sub("", text)


@cache
def _roots() -> tuple[str, ...]:
    """Folders of the server whose own names may contain spaces, longest first."""
    known = [tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR", ""), os.getcwd(), str(Path.home())]
    roots = {str(form) for root in filter(None, known) for form in (Path(root), Path(root).resolve())}
    return tuple(sorted((root for root in roots if len(Path(root).parts) > 1), key=len, reverse=True))


def without_folders_in(value: Value) -> Value:
    """As `without_folders`, for every text in a JSON value; keys are unchanged."""
    cleaned: object = value
    if isinstance(value, str):
        cleaned = without_folders(value)
    elif isinstance(value, Mapping):
        cleaned = {key: without_folders_in(item) for key, item in value.items()}
    elif isinstance(value, Iterable):
        cleaned = type(value)(without_folders_in(item) for item in value)  # type: ignore[call-arg]
    return cleaned  # type: ignore[return-value]


def as_html(text: str) -> str:
    """Text escaped for HTML: it reads the same there."""
    return html.escape(text)


def as_markdown(text: str) -> str:
    """Text escaped for a line of Markdown: it reads the same there, on one line. Everything with a meaning is escaped
    (CommonMark 0.31, section 2.4; autolinks of GFM, 6.9), so addresses do not become links or pictures.
    """
    escaped = _MARKUP.sub(lambda sign: f"\\{sign[0]}" if sign[0] not in "<>" else sign[0], " ".join(text.split()))
    return html.escape(escaped, quote=False)


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
    except OSError as error:
        if error.errno not in DISK_FULL:
            logger.exception("refocusing failed")
        raise failure(FULL if error.errno in DISK_FULL else _UNEXPECTED, html=on_page) from error
    except Exception as error:
        logger.exception("refocusing failed")
        raise failure(_UNEXPECTED, html=on_page) from error
