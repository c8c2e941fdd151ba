"""The size FLUX works at: sides that are multiples of 16 (8 px a latent, two latents a token)."""

from PIL import Image

TOKEN_PX = 16


def working_size(width: int, height: int, long_side: int = 0) -> tuple[int, int]:
    """The (width, height) in pixels a photo is computed at.

    Args:
        width, height: of the photo.
        long_side: 0 rounds both sides up to multiples of 16. Otherwise the longer side becomes `long_side` (the
            other in proportion, truncated), and both are then cropped down to multiples of 16, at least 16.
    """
    if long_side == 0:
        return -(-width // TOKEN_PX) * TOKEN_PX, -(-height // TOKEN_PX) * TOKEN_PX
    scaled_width, scaled_height = _scaled(width, height, long_side)
    return scaled_width // TOKEN_PX * TOKEN_PX, scaled_height // TOKEN_PX * TOKEN_PX


def fit_photo(photo_srgb: Image.Image, long_side: int = 0) -> Image.Image:
    """The photo at its `working_size`: Lanczos, then (with a `long_side`) a centre crop. Same mode as given."""
    width, height = working_size(*photo_srgb.size, long_side)
    if long_side == 0:
        same = photo_srgb.size == (width, height)
        return photo_srgb if same else photo_srgb.resize((width, height), Image.Resampling.LANCZOS)
    scaled = photo_srgb.resize(_scaled(*photo_srgb.size, long_side), Image.Resampling.LANCZOS)
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return scaled.crop((left, top, left + width, top + height))


def _scaled(width: int, height: int, long_side: int) -> tuple[int, int]:
    scale = long_side / max(width, height)
    shape = (long_side, int(height * scale)) if width >= height else (int(width * scale), long_side)
    return max(shape[0], TOKEN_PX), max(shape[1], TOKEN_PX)
