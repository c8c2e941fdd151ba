"""Keeps image decoders from writing to the user's terminal; what matters is raised as an error anyway."""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import _imaging

# The switches below belong to the whole process: two decoders must not turn them at once.
_LOCK = threading.Lock()


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Drops Pillow's warnings and log lines and libtiff's complaints while the block runs; one thread at a time."""
    with _LOCK, warnings.catch_warnings(), _quiet_log(), _quiet_libtiff():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _quiet_log() -> Iterator[None]:
    logger = logging.getLogger("PIL")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _quiet_libtiff() -> Iterator[None]:
    """libtiff writes straight to the process's stderr unless its handlers are taken away.

    Its functions are looked up through Pillow's own library; a Pillow that hides them simply stays talkative.
    """
    try:
        library = ctypes.CDLL(_imaging.__file__)
        setters = [library.TIFFSetErrorHandler, library.TIFFSetWarningHandler]
    except (OSError, AttributeError):
        yield
        return
    for setter in setters:
        setter.argtypes = [ctypes.c_void_p]
        setter.restype = ctypes.c_void_p
    before = [setter(None) for setter in setters]
    try:
        yield
    finally:
        for setter, handler in zip(setters, before, strict=True):
            setter(handler)
