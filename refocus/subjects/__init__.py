"""Subjects: a photo and a phrase to a region of the photo."""

from refocus.subjects.grounding import FocusChoice, SubjectFinder, find_subject, focus_disparity_for, rack_disparities
from refocus.subjects.marked import marked_region, mask_within
from refocus.subjects.region import Region
from refocus.subjects.tapped import find_tapped

__all__ = [
    "FocusChoice",
    "Region",
    "SubjectFinder",
    "find_subject",
    "find_tapped",
    "focus_disparity_for",
    "marked_region",
    "mask_within",
    "rack_disparities",
]
