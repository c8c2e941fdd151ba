"""Prompts: words to a `BokehSpec`, and subjects to places in a picture."""

from refocus.prompt.described import PhraseMasker, find_described, suits_network
from refocus.prompt.grounding import FocusChoice, SubjectFinder, find_subject, focus_disparity_for, rack_disparities
from refocus.prompt.parser import parse_prompt
from refocus.prompt.regions import Region
from refocus.prompt.style import looks_in, words_for_a_painter

__all__ = [
    "FocusChoice",
    "PhraseMasker",
    "Region",
    "SubjectFinder",
    "find_described",
    "find_subject",
    "focus_disparity_for",
    "looks_in",
    "parse_prompt",
    "rack_disparities",
    "suits_network",
    "words_for_a_painter",
]
