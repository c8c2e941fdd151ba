"""Random degradation of a pair of pictures as by cameras and files; what is not defocus is to stay as it is."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core.colour import linear_to_srgb8, srgb_to_linear

_SHAKE_SHARE, _SOFT_SHARE = 0.15, 0.3


@dataclass(frozen=True, slots=True, eq=False)
class DegradedPair:
    """What a camera and a file made of a picture, and what defocus took from it.

    Attributes:
        seen: (height, width, 3) uint8 sRGB.
        missing: (height, width, 3) float32, sRGB in [-1, 1]: to be added to `seen`. Noise, compression, shake and
            softness of the sensor are not in it.
    """

    seen: NDArray[np.uint8]
    missing: NDArray[np.float32]


def degrade(seen: NDArray[np.uint8], sharp: NDArray[np.uint8], random: np.random.Generator) -> DegradedPair:
    """Degrade a pair at random: both by shake and the sensor's softness, the seen one by noise and the file, too.

    Args:
        seen, sharp: (height, width, 3) uint8 sRGB, out of focus and sharp.
        random: random generator.
    """
    kernel = _shake_and_softness(random)
    if kernel is not None:
        seen, sharp = (
            linear_to_srgb8(cv2.filter2D(srgb_to_linear(picture), -1, kernel, borderType=cv2.BORDER_REFLECT))
            for picture in (seen, sharp)
        )
    missing = (sharp.astype(np.float32) - seen) / np.float32(255)
    return DegradedPair(as_filed(seen, random), missing)


def _shake_and_softness(random: np.random.Generator) -> NDArray[np.float32] | None:
    """A short straight motion, a mild blur as by demosaicing, both, or (mostly) nothing."""
    shaken, soft = random.random() < _SHAKE_SHARE, random.random() < _SOFT_SHARE
    if not shaken and not soft:
        return None
    kernel = np.zeros((13, 13), np.float32)
    kernel[6, 6] = 1.0
    if shaken:
        angle, half = random.uniform(0, np.pi), random.uniform(0.75, 2.5)
        for share in np.linspace(-1, 1, 33):
            at = 6 + share * half * np.array([np.sin(angle), np.cos(angle)])
            row, column = np.floor(at).astype(int)
            down, right = at - (row, column)
            kernel[row, column] += (1 - down) * (1 - right)
            kernel[row + 1, column] += down * (1 - right)
            kernel[row, column + 1] += (1 - down) * right
            kernel[row + 1, column + 1] += down * right
        kernel[6, 6] -= 1.0
    if soft:
        kernel = np.asarray(cv2.GaussianBlur(kernel, (0, 0), random.uniform(0.3, 0.65)), np.float32)
    return kernel / kernel.sum()


def as_filed(seen: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """30 % of the pictures stay clean, 30 % get noise, 30 % noise and JPEG compression, and 10 % a palette."""
    kind = random.choice(["clean", "noise", "jpeg", "palette"], p=[0.3, 0.3, 0.3, 0.1])
    picture = seen
    if kind in ("noise", "jpeg") or (kind == "palette" and random.random() < 0.5):
        picture = _noisy(picture, random)
    if kind == "jpeg":
        quality = int(random.integers(70, 98))
        _, coded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(Image.open(io.BytesIO(coded.tobytes())).convert("RGB"), np.uint8)
    if kind == "palette":
        picture = _palette(picture, int(random.integers(64, 256)))
    return picture


def _noisy(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Signal-dependent noise, mostly weak; correlated between neighbours in half of the cases, as after demosaicing."""
    strength = min(random.exponential(1.5), 10.0)
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
