"""The panel to draw strokes in."""

from pathlib import Path
from typing import Any

from refocus.ui.components.page_component import PageView
from refocus.ui.components.page_files import page_code
from refocus.ui.touch_up.touch_up_view import TouchUpView

_HERE = Path(__file__).parent


class TouchUp(PageView):
    """A button that opens a `TouchUpView` to draw on. Off until its prop `stack` names a finished stack.

    Its events: `begin` asks for the view; `draw` and `finish` carry what `drawn_in` reads: all strokes, to be shown
    or to be made a stack of. The prop `ended` (anything new when the work of `finish` ended, well or not) tells it so.
    """

    data_model = TouchUpView

    def __init__(self, value: TouchUpView | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page: dict[str, Any] = {
            "html_template": _source("html"),
            "css_template": _source("css"),
            "js_on_load": _source("js"),
            "apply_default_css": False,
        }
        super().__init__(value, **{"stack": "", "ended": "", **kw, **page})


def _source(ending: str) -> str:
    return page_code(_HERE / f"touch_up_panel.{ending}")
