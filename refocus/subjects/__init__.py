"""Subjects: a photo and a phrase to a region of the photo."""

from refocus.subjects.by_network import PhraseMasker, find_with_network, suits_network
from refocus.subjects.grounding import FocusChoice, SubjectFinder, find_subject, focus_disparity_for, rack_disparities
from refocus.subjects.marked import marked_region, mask_within
from refocus.subjects.region import Region

__all__ = [
    "FocusChoice",
    "PhraseMasker",
    "Region",
    "SubjectFinder",
    "find_subject",
    "find_with_network",
    "focus_disparity_for",
    "marked_region",
    "mask_within",
    "rack_disparities",
    "suits_network",
]
