"""How the process holds memory that it has freed. glibc keeps it, in pieces between those that are in use."""

import ctypes
import sys
from contextlib import suppress

_M_ARENA_MAX = -8  # of malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads allocate from two places, from now on. Each render thread would get one of its own, in which
    what it freed lies until the next run happens to use the same thread: 150 MB more after a photo."""
    _glibc("mallopt", _M_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Return freed memory to the system."""
    _glibc("malloc_trim", 0)


def _glibc(function: str, *numbers: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            getattr(ctypes.CDLL("libc.so.6"), function)(*numbers)
