"""Random degradation of a picture as by cameras and files: noise, JPEG compression, dithered palettes."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def degrade(seen_srgb: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Degrade a picture at random; (height, width, 3) uint8 sRGB.

    10 % of the pictures stay clean, 30 % get noise, 30 % noise and JPEG compression, and 30 % a palette.
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
    """Signal-dependent noise, mostly weak; correlated between neighbours in half of the cases, as after demosaicing."""
    strength = min(random.exponential(2.0), 10.0)
    light = picture.astype(np.float32)
    noise = random.standard_normal(picture.shape, dtype=np.float32)
    if random.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2.0
    noisy = light + strength * np.sqrt(0.5 + light / 255) * noise
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def _palette(picture: NDArray[np.uint8], colours: int) -> NDArray[np.uint8]:
    """A palette of few colours with error diffusion, as in a GIF."""
    image = Image.fromarray(picture)
    palette = image.quantize(colours, method=Image.Quantize.MEDIANCUT)
    return np.asarray(image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB"))
