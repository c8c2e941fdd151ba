"""The command line: the same requests as in the app, from a terminal."""

from refocus.cli.program import main

__all__ = ["main"]
