"""The app's process: how it allocates memory and gives it back, and how it ends."""

import atexit
import ctypes
import os
import sys
from contextlib import suppress
from typing import NoReturn

_M_ARENA_MAX = -8  # of glibc's malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads allocate from two places, from now on.

    glibc would give each render thread one of its own, where what it freed lies until a later run happens to use the
    same thread: about 150 MB more after a photo.
    """
    _glibc("mallopt", _M_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Return freed memory to the system, which glibc otherwise keeps in pieces between those that are in use."""
    _glibc("malloc_trim", 0)


def _glibc(function: str, *numbers: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            getattr(ctypes.CDLL("libc.so.6"), function)(*numbers)


def end_process() -> NoReturn:
    """End with success, without waiting for work that nobody waits for.

    The interpreter would end threads that still compute where they return from C++, which aborts the process.
    """
    atexit._run_exitfuncs()  # removes all temporary files
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
