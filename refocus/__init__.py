"""Refocus: give a photo its focus back.

    from refocus import Photo, RefocusPipeline

    result = RefocusPipeline().refocus(Photo.open("cat.jpg"), blur=0.6)
    result.at(3.5)          # the refocus slider
    result.save("out/")     # frames, video, disparity
"""

from refocus.engines import Refocused, RefocusRequest
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline

__all__ = ["Photo", "RefocusPipeline", "RefocusRequest", "Refocused"]
