"""Comparisons: one photo through several engines or settings, side by side."""

from refocus.compare.cells import drawable
from refocus.compare.comparison_video import write_comparison
from refocus.compare.sheet import draw_comparison

__all__ = ["draw_comparison", "drawable", "write_comparison"]
