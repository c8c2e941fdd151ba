"""A finished picture beside what it was: before and after in one frame, a download, and a tap to correct the focus."""

from pathlib import Path
from typing import Any

from refocus.ui.components.page_component import PageView
from refocus.ui.components.page_files import page_code
from refocus.ui.prompt.before_after_view import CompareView


class Compare(PageView):
    """Shows a `CompareView`, or nothing for None. Its event `correct` carries `x` and `y` in [0, 1] and
    the picture's `index` in the history, `chosen` the `index` of the one to show again."""

    data_model = CompareView

    def __init__(self, value: CompareView | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page: dict[str, Any] = {
            "html_template": _source("html"),
            "css_template": _source("css"),
            "js_on_load": _source("js"),
            "apply_default_css": False,
        }
        super().__init__(value, **{**kw, **page})


def _source(ending: str) -> str:
    return page_code(Path(__file__).parent / f"before_after.{ending}")
