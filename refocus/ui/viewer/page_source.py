"""The viewer's page side as text. Apart from the component: gradio's stub of that file knows its class only."""

from pathlib import Path

from refocus.ui.components.page_files import page_code

CONTAINER = "container-type: inline-size;"
"""What a viewer's place on the page needs: it lays itself out by its own width. All else is the shared style."""


def page_source(name: str) -> str:
    """The text of one of the page files."""
    return page_code(Path(__file__).parent / name)


def page_html() -> str:
    """The viewer's elements."""
    return with_ruler(page_source("focus_viewer.html"))


def with_ruler(html: str) -> str:
    """Elements of a viewer with the ruler, its slider and Play, where they name it."""
    return html.replace("<!-- ruler -->", page_source("ruler.html"))


def page_script() -> str:
    """The JavaScript: the body of one function of `element`, `props`, `trigger` and `watch`, beside the shared one."""
    return page_source("focus_viewer.js")
