"""Refocus: give a photo its focus back.

from refocus import Photo, RefocusPipeline

result = RefocusPipeline().refocus(Photo.open("cat.jpg"), blur=0.6)
result.at(3.5)          # the refocus slider
result.bokeh("focus on the eyes, heart-shaped bokeh at f/1.4")
result.save("out/")     # frames, video, disparity
"""

from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.prompts import parse_prompt
from refocus.results import Refocused, RefocusRequest

__all__ = ["Photo", "RefocusPipeline", "RefocusRequest", "Refocused", "parse_prompt"]
