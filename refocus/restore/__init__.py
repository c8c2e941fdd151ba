"""All-in-focus estimation from a photo that may be out of focus, and the focus it was taken with.

Importing this does not import torch.
"""

from refocus.restore.blur_map import estimate_blur
from refocus.restore.deblur import Restoration, Restored, restore_photo
from refocus.restore.photo_focus import PhotoFocus, photo_focus

__all__ = ["PhotoFocus", "Restoration", "Restored", "estimate_blur", "photo_focus", "restore_photo"]
