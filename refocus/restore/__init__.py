"""All-in-focus estimation from a photo that may be out of focus somewhere, and where it was focused.

Importing this does not import torch; restoring does so when it is first called.
"""

from refocus.restore.contract import Restored, Restorer
from refocus.restore.photo_focus import PhotoFocus, photo_focus
from refocus.restore.restorer import restore_photo

__all__ = ["PhotoFocus", "Restored", "Restorer", "photo_focus", "restore_photo"]
