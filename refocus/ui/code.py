"""The page's own scripts and styles, as they are sent: what several parts need once, all minified."""

import re
from functools import cache
from pathlib import Path

import minify

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
_SCRIPT = "application/javascript"
_MEDIA_TYPES = {".js": _SCRIPT, ".css": "text/css"}


@cache
def page_code(path: Path) -> str:
    """The text of a .js, .css or .html file for the browser; scripts keep the names at their left margin.

    Raises:
        minify.MinifyError: the file is not what its ending says.
    """
    text = path.read_text("utf-8")
    media_type = _MEDIA_TYPES.get(path.suffix)
    return text if media_type is None else minify.string(media_type, text)


def shared_script() -> str:
    """What the parts' own scripts find in `refocus`: every function at the left margin of the shared files.

    Returns:
        One statement, ended, so that another may follow.
    """
    files = [(_UI / name).read_text("utf-8") for name in _SHARED_SCRIPTS]
    names = [name for text in files for name in _FUNCTION.findall(text)]
    text = "\n".join(files)
    script = minify.string(_SCRIPT, f"const refocus = (() => {{\n{text}\nreturn {{{','.join(names)}}};\n}})();")
    return f"{script};\n"


def shared_style() -> str:
    """What the parts have in common in their looks."""
    return "\n".join(page_code(_UI / name) for name in _SHARED_STYLES)


def page_head() -> str:
    """Goes to `launch(head=...)`: the page's parts need it."""
    page = minify.string(_SCRIPT, f"{{\n{(_UI / 'page.js').read_text('utf-8')}\n}}")
    return f"<style>{shared_style()}</style><script>{shared_script()}{page}</script>"
