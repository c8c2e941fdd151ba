"""The page's own scripts and styles, as they are sent: without comments and indentation."""

import re
from functools import cache
from pathlib import Path

_STYLE_SIGNS = re.compile(r"\s*([{};,])\s*")  # blanks round these mean nothing
_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def page_code(path: Path) -> str:
    """The text of a .js, .css or .html file for the browser.

    A script's own comments stand on lines of their own; no text in it spans lines, so indentation means nothing.
    """
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        return text
    return without_comments(text, is_style=path.suffix == ".css")


def speaking(script: str) -> str:
    """A component's script, with `pickWords(props.words)` for it: the words in the user's language."""
    return page_code(Path(__file__).parent / "pick_words.js") + "\n" + script


def without_comments(text: str, *, is_style: bool) -> str:
    """A script or style without what only its readers need."""
    if is_style:
        text = _STYLE_COMMENT.sub("", text)
    lines = (line.strip() for line in text.splitlines())
    text = "\n".join(line for line in lines if line and (is_style or not line.startswith("//")))
    return _STYLE_SIGNS.sub(r"\1", text) if is_style else text
