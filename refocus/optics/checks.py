"""Checks at the renderer's door. Each error names the argument, its value and what is allowed."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from refocus.core import BadInput

if TYPE_CHECKING:
    import torch


def check_scene(scene_linear: Any, disparity: Any) -> "tuple[torch.Tensor, torch.Tensor]":
    """Check a scene and its disparity.

    Args:
        scene_linear: (height, width, 3) array or tensor, finite, at least 0.
        disparity: (height, width) array or tensor, finite.

    Returns:
        Both as float32 tensors on the scene's device.

    Raises:
        BadInput: names the argument, what is wrong with it and what is allowed.
    """
    scene = check_picture(scene_linear)
    depth = _as_tensor("disparity", disparity)
    if depth.shape != scene.shape[:2]:
        raise BadInput(
            f"disparity has shape {tuple(depth.shape)}, but scene_linear is {tuple(scene.shape[:2])} high and wide.",
            todo="Resize the disparity to the picture.",
        )
    _check_finite("disparity", depth)
    return scene, depth.to(scene.device)


def check_picture(scene_linear: Any) -> "torch.Tensor":
    """A picture in linear light as a float32 tensor. Raises BadInput unless (height, width, 3), finite, at least 0."""
    scene = _as_tensor("scene_linear", scene_linear)
    if scene.ndim != 3 or scene.shape[2] != 3 or scene.numel() == 0:
        raise BadInput(f"scene_linear has shape {tuple(scene.shape)}, but it must be (height, width, 3).")
    _check_finite("scene_linear", scene)
    darkest = float(scene.min())
    if darkest < 0.0:
        raise BadInput(f"scene_linear holds {darkest:g}, but light cannot be negative: 0 or more is allowed.")
    return scene


def check_slope(coc_px_per_disparity: float) -> float:
    """The slope as a float. Raises BadInput unless it is finite and at least 0."""
    if not _is_number(coc_px_per_disparity) or coc_px_per_disparity < 0.0:
        raise BadInput(f"coc_px_per_disparity is {coc_px_per_disparity!r}, but it must be a number, 0 or more.")
    return float(coc_px_per_disparity)


def check_focus(focus_disparity: float, allowed: tuple[float, float]) -> float:
    """The focus as a float. Raises BadInput when it is not a number within the allowed range."""
    low, high = allowed
    # A tolerance for foci computed in float32 at the very ends of the range.
    slack = 1e-5 * max(abs(low), abs(high), 1e-3)
    if not _is_number(focus_disparity) or not low - slack <= focus_disparity <= high + slack:
        raise BadInput(f"focus_disparity is {focus_disparity!r}, but it must lie between {low:g} and {high:g}.")
    return float(focus_disparity)


def check_character(character: float) -> float:
    """The character as a float. Raises BadInput outside -1 to 1."""
    if not _is_number(character) or not -1.0 <= character <= 1.0:
        raise BadInput(f"character is {character!r}, but it must lie between -1 and 1.")
    return float(character)


def _check_finite(name: str, values: "torch.Tensor") -> None:
    if not all(bool(end.isfinite()) for end in values.aminmax()):
        raise BadInput(f"{name} holds values that are not finite (NaN or infinity); all must be finite.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(value)


def _as_tensor(name: str, values: Any) -> "torch.Tensor":
    import torch

    if isinstance(values, torch.Tensor):
        return values.detach().to(torch.float32)
    array = np.asarray(values)
    if not (np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.integer)):
        raise BadInput(f"{name} holds {array.dtype}, but it must hold numbers.")
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
