"""The viewer's page side as text. Apart from the component: gradio's stub of that file knows its class only."""

from functools import cache
from pathlib import Path

_SCRIPTS = ("picture.js", "overlays.js", "ruler.js", "gestures.js", "viewer.js")


@cache
def page_source(name: str) -> str:
    """The text of one of the page files."""
    return (Path(__file__).parent / name).read_text("utf-8")


def page_script() -> str:
    """The JavaScript: the body of one function of `element`, `props`, `trigger` and `watch`."""
    return "\n".join(page_source(name) for name in _SCRIPTS)
