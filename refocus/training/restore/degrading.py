"""What cameras and files do to a picture after the lens: noise, sharpening, JPEG, palettes with dither."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def degrade(seen_srgb: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """One way of the many in which a picture reaches us; (height, width, 3) uint8 sRGB.

    Of ten pictures, one stays clean, three have noise alone, three a JPEG's marks too, and three a palette's.
    """
    kind = random.choice(["clean", "noise", "jpeg", "palette"], p=[0.1, 0.3, 0.3, 0.3])
    picture = seen_srgb
    if kind in ("noise", "jpeg") or (kind == "palette" and random.random() < 0.5):
        picture = _noisy(picture, random)
    if kind == "jpeg":
        quality = int(random.integers(60, 98))
        _, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(Image.open(io.BytesIO(coded.tobytes())).convert("RGB"), np.uint8)
    if kind == "palette":
        picture = _palette(picture, int(random.integers(40, 256)))
    return picture


def _noisy(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Noise that grows with light, as photons have it, mostly weak; sometimes a pixel wide, as after demosaicing."""
    strength = min(random.exponential(2.0), 10.0)
    light = picture.astype(np.float32)
    noise = random.standard_normal(picture.shape, dtype=np.float32)
    if random.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2.0
    noisy = light + strength * np.sqrt(0.5 + light / 255) * noise
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def _palette(picture: NDArray[np.uint8], colours: int) -> NDArray[np.uint8]:
    """Few colours, dithered by error diffusion, as in a GIF."""
    image = Image.fromarray(picture)
    palette = image.quantize(colours, method=Image.Quantize.MEDIANCUT)
    return np.asarray(image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB"))
