"""The focus viewer: a focal stack in the browser, with a slider from near to far and tap to focus."""

from refocus.ui.viewer.focus_view import FocusView, photo_value, start_position, viewer_value, with_still
from refocus.ui.viewer.focus_viewer import FocusViewer
from refocus.ui.viewer.html_export import save_html, standalone_html

__all__ = [
    "FocusView",
    "FocusViewer",
    "photo_value",
    "save_html",
    "standalone_html",
    "start_position",
    "viewer_value",
    "with_still",
]
