"""Whether weights of 8 or 4 bits can be had here. Needs no torch."""

from importlib.metadata import PackageNotFoundError, version

OLDEST_BITSANDBYTES = (0, 48)
"""Before it, weights of 8 bits could not be moved between card and main memory."""


def has_bitsandbytes() -> bool:
    """Whether bitsandbytes is installed, and new enough. Does not import it."""
    try:
        return tuple(map(int, version("bitsandbytes").split(".")[:2])) >= OLDEST_BITSANDBYTES
    except (PackageNotFoundError, ValueError):
        return False
