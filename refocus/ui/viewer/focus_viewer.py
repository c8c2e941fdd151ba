"""The gradio component around the focus viewer. Its page side is the HTML, CSS and JavaScript beside this file."""

from typing import Any

from refocus.ui.components.page_component import PageView
from refocus.ui.viewer.focus_view import FocusView
from refocus.ui.viewer.page_source import CONTAINER, page_html, page_script


class FocusViewer(PageView):
    """Shows a focal stack: a slider from near to far, tap to focus, play. All frames live in the browser.

    Takes a `FocusView` (see `viewer_value`) or None for the empty state. Its event `focus` tells where the user
    focused: `viewer.focus(handler)` with `event: gr.EventData` carrying `position`, and after a tap also `x`
    and `y` in [0, 1] from the picture's top left (otherwise None). It comes after a tap and when the slider
    rests, never while dragging.

    Its prop `outline` draws SVG path data over a square of 1000 units on the picture (see `outline_path`),
    until there is another picture or an empty outline. Its prop `pull` (`{"position": 3.5, "number": 1}`, the
    number new each time) moves the focus there.

    Its event `still` asks for one picture at the photo's own size, with the `position`: answer with `with_still`, then
    set its prop `rendered` to anything new, also when it failed.
    """

    data_model = FocusView

    def __init__(self, value: FocusView | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page = {
            "html_template": page_html(),
            "css_template": CONTAINER,
            "js_on_load": page_script(),
            "apply_default_css": False,
        }
        super().__init__(value, **{"outline": "", "pull": None, "rendered": "", **kw, **page})

    def example_payload(self) -> Any:
        """An example for the API page."""
        return FocusView(width=1024, height=683, position=3.0).model_dump()
