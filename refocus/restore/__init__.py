"""All-in-focus estimation from a photo that may be out of focus, and the focus it was taken with.

Importing this does not import torch.
"""

from refocus.restore.deblur import Restored, restore_photo
from refocus.restore.photo_focus import PhotoFocus, photo_focus

__all__ = ["PhotoFocus", "Restored", "photo_focus", "restore_photo"]
