"""Depth touch-up on the page: strokes drawn on the picture, the depth that follows, and a stack made of it."""

from refocus.ui.touch_up.component import TouchUp
from refocus.ui.touch_up.view import TouchUpView

__all__ = ["TouchUp", "TouchUpView"]
