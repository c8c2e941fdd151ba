"""Runs many items: resumable, shared between processes and machines, with failures collected."""

from refocus.batch.items import Failure, Outcome, Processes, run_items

__all__ = ["Failure", "Outcome", "Processes", "run_items"]
