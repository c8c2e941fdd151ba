"""Many items, one after the other: resumed, shared between processes and machines, failures kept for the end."""

from refocus.batch.items import Failure, Outcome, work_through
from refocus.batch.processes import Processes

__all__ = ["Failure", "Outcome", "Processes", "work_through"]
