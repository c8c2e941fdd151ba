"""The gradio component around several synchronised stacks. Its page side is beside this file."""

from pathlib import Path
from typing import Any

from refocus.ui.compare.comparison_view import ComparedViews
from refocus.ui.components.page_component import PageView
from refocus.ui.components.page_files import page_code
from refocus.ui.viewer.page_source import CONTAINER, with_ruler

_HERE = Path(__file__).parent


class CompareViewer(PageView):
    """Shows a `ComparedViews`, or nothing for None: one slider, tap and zoom drive every stack in it."""

    data_model = ComparedViews

    def __init__(self, value: ComparedViews | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page = {
            "html_template": with_ruler(page_code(_HERE / "comparison_viewer.html")),
            "css_template": CONTAINER + page_code(_HERE / "comparison_viewer.css"),
            "js_on_load": page_code(_HERE / "comparison_viewer.js"),
            "apply_default_css": False,
        }
        super().__init__(value, **{**kw, **page})
