"""The page's own scripts and styles, as they are sent: what several parts need once, all without comments."""

import re
from functools import cache
from pathlib import Path

_UI = Path(__file__).parent
_SHARED_SCRIPTS = (
    "shared/words.js",
    "shared/motion.js",
    "shared/keys.js",
    "viewer/picture.js",
    "viewer/overlays.js",
    "viewer/ruler.js",
    "viewer/gestures.js",
)
_SHARED_STYLES = ("shared/look.css", "viewer/viewer.css")
_FUNCTION = re.compile(r"^(?:async )?function (\w+)", re.MULTILINE)
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


def shared_script() -> str:
    """What the parts' own scripts find in `refocus`: every function at the left margin of the shared files."""
    text = "\n".join(page_code(_UI / name) for name in _SHARED_SCRIPTS)
    return f"const refocus = (() => {{\n{text}\nreturn {{{','.join(_names())}}};\n}})();"


def shared_style() -> str:
    """What the parts have in common in their looks."""
    return "\n".join(page_code(_UI / name) for name in _SHARED_STYLES)


def page_head() -> str:
    """Goes to `launch(head=...)`: the page's parts need it."""
    page = f"{{\n{page_code(_UI / 'page.js')}\n}}"
    return f"<style>{shared_style()}</style><script>{shared_script()}\n{page}</script>"


def without_comments(text: str, *, is_style: bool) -> str:
    """A script or style without what only its readers need."""
    if is_style:
        text = _STYLE_COMMENT.sub("", text)
    lines = (line.strip() for line in text.splitlines())
    text = "\n".join(line for line in lines if line and (is_style or not line.startswith("//")))
    return _STYLE_SIGNS.sub(r"\1", text) if is_style else text


def _names() -> list[str]:
    return [name for file in _SHARED_SCRIPTS for name in _FUNCTION.findall((_UI / file).read_text("utf-8"))]
