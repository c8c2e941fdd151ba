"""All-in-focus estimation from a photo that may be out of focus somewhere."""

from refocus.restore.contract import Restored, Restorer, keep_as_taken

__all__ = ["Restored", "Restorer", "keep_as_taken"]
