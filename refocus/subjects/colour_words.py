"""How well each pixel of a picture fits a colour word such as "red" or "brown"."""

import numpy as np
from numpy.typing import NDArray

_HUES = {  # centre and half width in degrees of CIELAB hue
    "red": (32, 18), "orange": (62, 20), "yellow": (95, 22), "green": (140, 42), "turquoise": (195, 28),
    "cyan": (210, 26), "blue": (270, 40), "purple": (312, 24), "magenta": (335, 25), "pink": (5, 38),
}  # fmt: skip
_SYNONYMS = {
    "crimson": "red", "scarlet": "red", "maroon": "red", "ginger": "orange", "golden": "yellow", "gold": "yellow",
    "lime": "green", "olive": "green", "teal": "turquoise", "navy": "blue", "violet": "purple", "gray": "grey",
    "silver": "grey", "tan": "beige", "cream": "beige", "blond": "beige", "blonde": "beige",
}  # fmt: skip


def colour_score(lab: NDArray[np.float32], word: str) -> NDArray[np.float32]:
    """How well each pixel fits a colour word.

    Args:
        lab: (height, width, 3) CIELAB.
        word: one of `refocus.prompts.vocabulary.COLOURS`.

    Returns:
        (height, width) float32 in [0, 1].
    """
    name = _SYNONYMS.get(word, word)
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    plain = 1 - _ramp(chroma, 8, 18)
    if name == "white":
        return (plain * _ramp(light, 68, 85)).astype(np.float32)
    if name == "black":
        return ((1 - _ramp(light, 18, 32)) * (1 - _ramp(chroma, 12, 25))).astype(np.float32)
    if name == "grey":
        return (plain * _ramp(light, 25, 35) * (1 - _ramp(light, 72, 85))).astype(np.float32)
    hue = np.degrees(np.arctan2(b, a)) % 360
    if name == "brown":
        fits = _near(hue, 58, 34) * _ramp(chroma, 8, 16) * (1 - _ramp(light, 48, 62))
    elif name == "beige":
        fits = _near(hue, 80, 34) * _ramp(chroma, 6, 12) * (1 - _ramp(chroma, 38, 50)) * _ramp(light, 55, 68)
    else:
        centre, width = _HUES[name]
        fits = _near(hue, centre, width) * _ramp(chroma, 16, 34)
        strongest = float(np.percentile(chroma[fits > 0.5], 95)) if (fits > 0.5).any() else 1.0
        fits = fits * np.clip(1.3 * chroma / max(strongest, 34.0), 0, 1)  # the purest of several is meant
        if name == "pink":
            fits = fits * _ramp(light, 48, 62)
        if name in ("orange", "yellow"):
            fits = fits * _ramp(light, 35, 50)
    return fits.astype(np.float32)


def _ramp(values: NDArray, low: float, high: float) -> NDArray:
    return np.clip((values - low) / (high - low), 0, 1)


def _near(hue: NDArray, centre: float, half_width: float) -> NDArray:
    """1 within the half width of a hue, falling to 0 at 1.5 times that distance."""
    away = np.abs((hue - centre + 180) % 360 - 180)
    return np.clip((1.5 * half_width - away) / (0.5 * half_width), 0, 1)
