"""The Compare tab: photos through several engines or settings, side by side."""

from refocus.ui.comparing.api import add_compare_endpoint
from refocus.ui.comparing.wiring import add_comparing

__all__ = ["add_compare_endpoint", "add_comparing"]
