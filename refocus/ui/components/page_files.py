"""The page's scripts and styles; what several components share is sent once."""

import re
from functools import cache
from pathlib import Path

_UI = Path(__file__).parents[1]
_SHARED_SCRIPTS = (
    "components/state.js",
    "components/motion.js",
    "components/keys.js",
    "viewer/picture.js",
    "viewer/overlays.js",
    "viewer/ruler.js",
    "viewer/gestures.js",
)
_SHARED_STYLES = ("components/look.css", "viewer/stack_viewer.css")
_FUNCTION = re.compile(r"^(?:async )?function (\w+)", re.MULTILINE)


@cache
def page_code(path: Path) -> str:
    """The text of a .js, .css or .html file for the browser."""
    return path.read_text("utf-8")


@cache
def shared_script() -> str:
    """A statement that defines `refocus`, an object with every top-level function of the shared scripts."""
    files = [page_code(_UI / name) for name in _SHARED_SCRIPTS]
    names = [name for text in files for name in _FUNCTION.findall(text)]
    text = "\n".join(files)
    return f"const refocus = (() => {{\n{text}\nreturn {{ {', '.join(names)} }};\n}})();\n"


def shared_style() -> str:
    """The styles that the components share."""
    return "\n".join(page_code(_UI / name) for name in _SHARED_STYLES)


def page_head() -> str:
    """The HTML for `launch(head=...)` that the page's components need."""
    page = page_code(_UI / "app/page.js")
    return f"<style>{shared_style()}</style><script>{shared_script()}{{\n{page}\n}}</script>"
