"""Asks before anything is downloaded."""

import sys

from refocus.core import BadInput, Cancelled
from refocus.models.weights.hub import Download


def agree(download: Download, agreed: bool) -> None:
    """Say what will be downloaded, under which licence, and ask."""
    sys.stderr.write(f"{download}\n")
    if agreed:
        return
    if not sys.stdin.isatty():
        raise BadInput("Nobody is there to agree to the licence.", todo="Read it, then add --yes.")
    sys.stderr.write("Download it, and keep to its licence? [y/N] ")
    if input().strip().lower() not in {"y", "yes"}:
        raise Cancelled
