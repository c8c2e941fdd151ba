"""Text of users, files and errors, made fit to be shown: no folder of the server stands in it, and none of it becomes
a part of the page where gradio reads HTML or Markdown."""

import html
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")

_FOLDERS_OF_A_PATH = r"(?:[^\s/\\\"'“”‘’<>|:;,()\[\]]+[/\\])"
_BEGINS_A_WORD = r"(?<![^\s\"'“‘„(\[=,;])"
# One folder or more before a last name: of POSIX, of Windows, of a home folder, of a network.
_FOLDERS = re.compile(rf"{_BEGINS_A_WORD}(?:[A-Za-z]:[/\\]|~[/\\]|[/\\]{{1,2}}){_FOLDERS_OF_A_PATH}+")
# What Markdown reads as more than itself: its signs anywhere, what begins a list, and what it takes for an address.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!<>|~$@:=^]|^-|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=www)\.)", re.IGNORECASE)


def without_folders(text: str) -> str:
    """The text with every absolute path cut down to its last name: "/srv/app/7f3a/cat.jpg" becomes "cat.jpg".

    A visitor gave files by their names; where they lie on the server is nothing to tell.
    """
    for root in _roots():
        text = re.sub(rf"{_BEGINS_A_WORD}{re.escape(root)}[/\\]{_FOLDERS_OF_A_PATH}*", "", text)
    return _FOLDERS.sub("", text)


@cache
def _roots() -> tuple[str, ...]:
    """Folders of the server whose own names may hold blanks, longest first."""
    known = [tempfile.gettempdir(), os.environ.get("GRADIO_TEMP_DIR", ""), os.getcwd(), str(Path.home())]
    roots = {str(form) for root in filter(None, known) for form in (Path(root), Path(root).resolve())}
    return tuple(sorted((root for root in roots if len(Path(root).parts) > 1), key=len, reverse=True))


def without_folders_in(value: Value) -> Value:
    """As `without_folders`, for every text in what is ready for JSON; keys stay."""
    cleaned: object = value
    if isinstance(value, str):
        cleaned = without_folders(value)
    elif isinstance(value, Mapping):
        cleaned = {key: without_folders_in(item) for key, item in value.items()}
    elif isinstance(value, Iterable):
        cleaned = type(value)(without_folders_in(item) for item in value)  # type: ignore[call-arg]
    return cleaned  # type: ignore[return-value]


def as_html(text: str) -> str:
    """Text for a place that shows HTML: it reads the same there, and is text only."""
    return html.escape(text)


def as_markdown(text: str) -> str:
    """Text for a place within a line of Markdown: it reads the same there, on one line. What could mean something is
    escaped (CommonMark 0.31, section 2.4; autolinks of GFM, 6.9), so addresses are no links and pictures not fetched.
    """
    escaped = _MARKUP.sub(lambda sign: f"\\{sign[0]}" if sign[0] not in "<>" else sign[0], " ".join(text.split()))
    return html.escape(escaped, quote=False)
