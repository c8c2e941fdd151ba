"""Many items, one after the other: resumed, shared between processes and machines, failures kept for the end."""

from refocus.batch.items import Failure, Outcome, run_items
from refocus.batch.processes import Processes

__all__ = ["Failure", "Outcome", "Processes", "run_items"]
