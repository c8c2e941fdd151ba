"""Runs many items: resumable, shared between processes and machines, with failures collected."""

from refocus.batch.items import Failure, Outcome, run_items
from refocus.batch.processes import Processes

__all__ = ["Failure", "Outcome", "Processes", "run_items"]
