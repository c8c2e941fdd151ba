"""Checks of the renderer's arguments. Each error names the argument, its value and what is allowed."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from refocus.core import BadInput
from refocus.core.numbers import is_number
from refocus.optics.lens.aperture import Aperture

if TYPE_CHECKING:
    import torch


_ALPHA_SLACK = 1e-3


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
    _check_finite("disparity", depth, "all must be finite numbers")
    return scene, depth.to(scene.device)


def check_alpha(alpha: Any, disparity: "torch.Tensor") -> "torch.Tensor":
    """A matte as a float32 tensor on the disparity's device. Raises BadInput unless of its size and in [0, 1].

    What filters and resizing exceed the range by in rounding is clamped.
    """
    matte = _as_tensor("alpha", alpha, whole_numbers=False)
    if matte.shape != disparity.shape:
        raise BadInput(
            f"alpha has shape {tuple(matte.shape)}, but disparity is {tuple(disparity.shape)} high and wide.",
            todo="Resize the matte to the picture.",
        )
    _check_finite("alpha", matte, "a matte must be 0 to 1")
    beyond = (matte < -_ALPHA_SLACK) | (matte > 1.0 + _ALPHA_SLACK)
    if bool(beyond.any()):
        raise BadInput(f"alpha {_where_first(matte, beyond)}, but a matte must be 0 to 1.")
    return matte.to(disparity.device).clamp(0.0, 1.0)


def check_picture(scene_linear: Any) -> "torch.Tensor":
    """A picture in linear light as a float32 tensor. Raises BadInput unless (height, width, 3), finite, at least 0.

    Integers are refused: they are the codes of a picture file, which are not proportional to light.
    """
    scene = _as_tensor("scene_linear", scene_linear, whole_numbers=False)
    if scene.ndim != 3 or scene.shape[2] != 3 or scene.numel() == 0:
        raise BadInput(f"scene_linear has shape {tuple(scene.shape)}, but it must be (height, width, 3).")
    _check_finite("scene_linear", scene, "light must be 0 or more, and finite")
    if float(scene.min()) < 0.0:
        raise BadInput(f"scene_linear {_where_first(scene, scene < 0.0)}, but light must be 0 or more.")
    return scene


def check_slope(coc_px_per_disparity: Any) -> float:
    """Blur diameter per disparity as a float. Raises BadInput unless it is finite and at least 0."""
    if not is_number(coc_px_per_disparity) or not 0.0 <= coc_px_per_disparity < math.inf:
        raise BadInput(f"coc_px_per_disparity is {coc_px_per_disparity!r}, but it must be a finite number, 0 or more.")
    return float(coc_px_per_disparity)


def check_focus(focus_disparity: Any, allowed: tuple[float, float]) -> float:
    """The focus as a float. Raises BadInput when it is not a number within the allowed range."""
    low, high = allowed
    # A tolerance for foci computed in float32 at the very ends of the range.
    slack = 1e-5 * max(abs(low), abs(high), 1e-3)
    if not is_number(focus_disparity) or not low - slack <= focus_disparity <= high + slack:
        raise BadInput(f"focus_disparity is {focus_disparity!r}, but it must be between {low:g} and {high:g}.")
    return float(focus_disparity)


def check_foci(focus_disparity: Any) -> list[float]:
    """Several foci as floats. Raises BadInput unless there is at least one, and all are finite numbers."""
    try:
        foci = list(focus_disparity)
    except TypeError:
        foci = []
    if not foci:
        raise BadInput(f"focus_disparity is {focus_disparity!r}, but it must hold one number a frame, at least one.")
    for focus in foci:
        if not is_number(focus) or not math.isfinite(focus):
            raise BadInput(
                f"focus_disparity is {focus!r}, but it must be a number within the scene's disparity, or 0 to 1."
            )
    return [float(focus) for focus in foci]


def check_aperture(aperture: Any) -> None:
    """Raise BadInput unless it is an `Aperture`."""
    if not isinstance(aperture, Aperture):
        raise BadInput(
            f"aperture is {aperture!r}, but it must be an Aperture.",
            todo='Make one with Aperture.named("heart") or Aperture.from_mask(mask).',
        )


def _check_finite(name: str, values: "torch.Tensor", allowed: str) -> None:
    if not all(bool(end.isfinite()) for end in values.aminmax()):
        raise BadInput(f"{name} {_where_first(values, ~values.isfinite())}, but {allowed}.")


def _where_first(values: "torch.Tensor", wrong: "torch.Tensor") -> str:
    """The first wrong value and its position: "holds nan at row 3, column 4, channel 1"."""
    position = wrong.nonzero()[0].tolist()
    named = ", ".join(f"{axis} {number}" for axis, number in zip(("row", "column", "channel"), position, strict=False))
    others = int(wrong.sum()) - 1
    return f"holds {float(values[tuple(position)]):g} at {named}{f' and {others} more such values' if others else ''}"


def _as_tensor(name: str, values: Any, *, whole_numbers: bool = True) -> "torch.Tensor":
    import torch

    if isinstance(values, torch.Tensor):
        kind, is_float = str(values.dtype).removeprefix("torch."), values.dtype.is_floating_point
        is_whole = not is_float and not values.dtype.is_complex and values.dtype != torch.bool
    else:
        try:
            values = np.asarray(values)
        except ValueError as error:
            raise BadInput(f"{name} is not an array: its rows differ in length.") from error
        kind, is_float = str(values.dtype), np.issubdtype(values.dtype, np.floating)
        is_whole = np.issubdtype(values.dtype, np.integer)
    if not is_float and not (is_whole and whole_numbers):
        hint = "Convert the picture with refocus.core.colour.srgb_to_linear." if is_whole else ""
        allowed = "numbers" if whole_numbers else "linear light as floats"
        raise BadInput(f"{name} holds {kind}, but it must hold {allowed}.", todo=hint)
    if isinstance(values, torch.Tensor):
        return values.detach().to(torch.float32)
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
