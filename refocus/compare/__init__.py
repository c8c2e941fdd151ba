"""Comparisons: one photo through several engines or settings, side by side."""

from refocus.compare.comparison_video import write_comparison
from refocus.compare.sheet import draw_comparison, names_note, sized_for_drawing

__all__ = ["draw_comparison", "names_note", "sized_for_drawing", "write_comparison"]
