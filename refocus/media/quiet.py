"""Pillow's warnings and log lines, kept off the terminal of a program; what matters is raised as an error anyway."""

import logging
import warnings


def hide_pillow_warnings() -> None:
    """Hide them for the whole process and for good; a program calls this once, when it starts.

    Hiding them only while a file is decoded would race with decoding in other threads, as both are switches of the
    process. What libtiff writes about a damaged file goes straight to stderr and cannot be hidden from Python.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
