"""Renderers to compare with: what people write first. All take (scene_linear, coc_px per pixel)."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from refocus.core.colour import linear_to_srgb, srgb_to_linear
from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels


def copy_sharp(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """No blur at all."""
    return scene_linear


def blur_and_pick(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur the whole picture once for each whole pixel of CoC and pick each pixel's own: linear light."""
    kernels = BlurKernels(Aperture())
    rounded = np.abs(coc_px).round().astype(int)
    picked = np.empty_like(scene_linear)
    for diameter in np.unique(rounded):
        kernel = kernels.kernel(float(diameter))
        blurred = cv2.filter2D(scene_linear, -1, kernel, borderType=cv2.BORDER_REFLECT)
        own = rounded == diameter
        picked[own] = blurred[own]
    return picked


def blur_and_pick_srgb(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same in sRGB values, as photo editors without linear light do."""
    return srgb_to_linear(blur_and_pick(linear_to_srgb(scene_linear), coc_px))


_LAYER_PX = 1.0
_GAP_LAYERS = 2
_NOTHING = -(10**6)


def summed_layers(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Depth layers of equal steps in CoC; a layer is hidden by the sum of nearer layers' alpha beyond a gap.

    Layers are filled under nearer pixels, where the closest farther pixel is their own, within the largest CoC.
    """
    kernels = BlurKernels(Aperture())
    layer = np.floor(coc_px / _LAYER_PX).astype(int)
    reach_px = float(np.abs(coc_px).max())
    light, weight = np.zeros_like(scene_linear), np.zeros(coc_px.shape, np.float32)
    behind, rows, columns = _behind(layer, reach_px)
    alphas: list[tuple[int, NDArray]] = []
    for number in np.unique(np.append(layer, behind[behind > _NOTHING]))[::-1]:
        own, under = layer == number, behind == number
        mean_coc_px = float(coc_px[own].mean()) if own.any() else (float(number) + 0.5) * _LAYER_PX
        filling = np.minimum(scene_linear[rows, columns], 1.0)
        colour = scene_linear * own[..., None] + filling * under[..., None]
        blurred = cv2.filter2D(
            np.dstack([colour, (own | under).astype(np.float32)]).astype(np.float32),
            -1,
            np.ascontiguousarray(kernels.kernel(mean_coc_px)[::-1, ::-1]),
            borderType=cv2.BORDER_REFLECT,
        )
        hidden = sum((alpha for nearer, alpha in alphas if nearer - number > _GAP_LAYERS), np.zeros_like(weight))
        visible = np.clip(1.0 - hidden, 0.0, 1.0)
        light += visible[..., None] * blurred[..., :3]
        weight += visible * blurred[..., 3]
        alphas.append((int(number), blurred[..., 3]))
    return (light / np.maximum(weight, 1e-4)[..., None]).astype(np.float32)


def _behind(layer: NDArray[np.int_], reach_px: float) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int_]]:
    """The layer behind each pixel, and the row and column of the closest farther pixel, which is of that layer.

    Nothing is behind where the surface goes on unbroken, or the closest farther pixel is beyond reach.
    """
    behind: NDArray[np.int_] = np.full(layer.shape, _NOTHING)
    taken = np.indices(layer.shape)
    taken_rows, taken_columns = taken[0], taken[1]
    own_rows, own_columns = np.indices(layer.shape)
    for number in np.unique(layer)[_GAP_LAYERS + 1 :]:
        farther = layer < number - _GAP_LAYERS
        if not farther.any():
            continue
        distance, (rows, columns) = distance_transform_edt(~farther, return_indices=True)
        toward_row = rows + np.round((own_rows - rows) / np.maximum(distance, 1.0)).astype(int)
        toward_column = columns + np.round((own_columns - columns) / np.maximum(distance, 1.0)).astype(int)
        jump = layer[toward_row, toward_column] - layer[rows, columns] > _GAP_LAYERS
        here = (layer == number) & (distance <= reach_px) & jump
        behind[here] = layer[rows, columns][here]
        taken_rows[here], taken_columns[here] = rows[here], columns[here]
    return behind, taken_rows, taken_columns
