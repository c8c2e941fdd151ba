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
    "viewer/preview_blur.js",
    "viewer/preview_renderer.js",
    "viewer/previews.js",
    "viewer/controls.js",
    "viewer/gestures.js",
    "viewer/tools.js",
    "viewer/still.js",
    "viewer/focus_motion.js",
    "viewer/load_view.js",
    "viewer/view_changes.js",
)
_PAGE_SCRIPTS = ("app/connection.js", "app/page.js")
_SHARED_STYLES = ("components/look.css", "viewer/stack_viewer.css")
_RULER = "<!-- ruler -->"
_RULER_FILE = _UI / "viewer/ruler.html"
_FUNCTION = re.compile(r"^(?:async )?function (\w+)", re.MULTILINE)


@cache
def page_code(path: Path) -> str:
    """The text of a .js, .css or .html file for the browser."""
    return path.read_text("utf-8")


def component_templates(files: Path) -> dict[str, str]:
    """The texts of a component's files, by the names of gr.HTML's arguments.

    Args:
        files: path of the component's .html, .css and .js files, without the suffix.
    """
    return {
        "html_template": page_code(files.with_suffix(".html")).replace(_RULER, page_code(_RULER_FILE)),
        "css_template": page_code(files.with_suffix(".css")),
        "js_on_load": page_code(files.with_suffix(".js")),
    }


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
    own = "".join(f"{{\n{page_code(_UI / name)}\n}}\n" for name in _PAGE_SCRIPTS)
    return f"<style>{shared_style()}</style><script>{shared_script()}{own}</script>"
