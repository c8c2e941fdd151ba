"""Results: what an engine makes of a photo, and what can be done with it."""

from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest

__all__ = ["RefocusRequest", "Refocused"]
