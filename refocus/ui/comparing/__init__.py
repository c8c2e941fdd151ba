"""The app's second face: the same photo through several engines or settings, side by side."""

from refocus.ui.comparing.face import add_comparing

__all__ = ["add_comparing"]
