"""Depth maps and sharp pictures that cameras hide in photo files: Google, Apple, Samsung, HEIC."""

from refocus.media.embedded.read_embedded import Embedded, read_embedded

__all__ = ["Embedded", "read_embedded"]
