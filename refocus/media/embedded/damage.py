"""What is wrong with a depth map in a photo file; the photo itself stays usable."""


class DamagedDepth(ValueError):
    """A depth map is there and cannot be used; the message says why, in words that follow "the depth map ...:"."""
