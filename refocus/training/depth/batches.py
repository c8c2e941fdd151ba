"""Training batches: random crops of the photos, mirrored, coloured, defocused and compressed at random.

The batch of a step depends on the seed and the step alone, so a resumed training sees the same batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from refocus.models.efficientnet_lite import normalise
from refocus.training.depth.composed import cut_out, put_before, stand_on_floor
from refocus.training.depth.depth_recipe import Recipe
from refocus.training.depth.photos import DensePhoto, OrderedPhoto

_FEWEST_POINTS = 4
_SMALLEST_OUTLINE = 0.004  # of the crop's area
_LARGEST_TILT_DEGREES = 7.0
_Array = TypeVar("_Array", bound=NDArray[Any])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One step's pictures, those with dense depth first.

    Attributes:
        images: (dense + ordered, 3, size, size) float32, as the network takes them.
        disparity: (dense, size, size) float32, 0 where it is unknown.
        points: of each ordered picture, (points, 2) float32 in [0, 1].
        ranks: of each ordered picture, (points,) int64; smaller is nearer.
        outlines: of each ordered picture, (subjects, size / 2, size / 2) bool.
    """

    images: Tensor
    disparity: Tensor
    points: list[Tensor]
    ranks: list[Tensor]
    outlines: list[Tensor]


class Batches(Dataset[Batch]):
    """The batches of all steps.

    Args:
        recipe: sizes, shares and seed.
        dense: photos with dense depth.
        ordered: photos with ordered points.
    """

    def __init__(self, recipe: Recipe, dense: Sequence[DensePhoto], ordered: Sequence[OrderedPhoto]) -> None:
        self._recipe = recipe
        self._dense, self._ordered = dense, ordered
        self._dense_shares = _shares([photo.source for photo in dense], recipe.dense_shares)
        # Photos with outlined subjects come twice as often: there are few, and people matter most.
        weight = np.array([2.0 if photo.outlines else 1.0 for photo in ordered])
        self._ordered_shares = weight / weight.sum()
        self._figures = cut_out(ordered)

    def __len__(self) -> int:
        return self._recipe.steps

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng((self._recipe.seed, step))
        stage = self._recipe.stage_at(step)
        images, maps, points, ranks, outlines = [], [], [], [], []
        for _ in range(stage.dense):
            image, disparity = self._dense_sample(rng, stage.size_px)
            images.append(image)
            maps.append(disparity)
        for _ in range(stage.ordered):
            image, place, rank, masks = self._ordered_sample(rng, stage.size_px)
            images.append(image)
            points.append(torch.from_numpy(place))
            ranks.append(torch.from_numpy(rank))
            outlines.append(torch.from_numpy(masks))
        pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
        return Batch(normalise(pixels), torch.from_numpy(np.stack(maps)), points, ranks, outlines)

    def _dense_sample(self, rng: Generator, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        while True:
            photo = self._dense[rng.choice(len(self._dense), p=self._dense_shares)]
            pixels, values = photo.rgb, photo.disparity
            if photo.kind != "render" and rng.random() < self._recipe.composed_share:
                pixels, values = stand_on_floor(rng, pixels, values, self._figures) or (pixels, values)
            y, x, height, width = _crop(rng, *values.shape, smallest=0.4)
            window = np.s_[y : y + height, x : x + width]
            rgb = cv2.resize(pixels[window], (size, size), interpolation=cv2.INTER_AREA)
            disparity = np.asarray(
                cv2.resize(values[window], (size, size), interpolation=cv2.INTER_NEAREST), np.float32
            )
            known = disparity > 0
            if known.mean() < 0.3 or np.ptp(disparity[known]) < 0.02:
                continue
            if rng.random() < 0.5:
                rgb, disparity = rgb[:, ::-1], disparity[:, ::-1]
            angle = _tilt(rng)
            rgb, disparity = turned(rgb, angle), turned(disparity, angle, interpolation=cv2.INTER_NEAREST)
            image = rgb.astype(np.float32)
            if rng.random() < 0.25 and known.all():
                image = _defocused(rng, image, disparity)
            return _degraded(rng, image), np.ascontiguousarray(disparity)

    def _ordered_sample(
        self, rng: Generator, size: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
        while True:
            photo = self._ordered[rng.choice(len(self._ordered), p=self._ordered_shares)]
            full_height, full_width = photo.rgb.shape[:2]
            y, x, height, width = _crop(rng, full_height, full_width, smallest=0.55)

            def placed(
                corners: NDArray[np.float32],
                full: tuple[int, int] = (full_width, full_height),
                origin: tuple[int, int] = (x, y),
                extent: tuple[int, int] = (width, height),
            ) -> NDArray[np.float32]:
                return np.asarray((corners * np.array(full) - np.array(origin)) / np.array(extent), np.float32)

            points = placed(photo.points)
            inside = ((points > 0.01) & (points < 0.99)).all(axis=1)
            if inside.sum() < _FEWEST_POINTS or len(set(photo.ranks[inside])) < 2:
                continue
            points, ranks = points[inside], photo.ranks[inside]
            outlines = [placed(outline) for outline in photo.outlines]
            window = np.s_[y : y + height, x : x + width]
            rgb = np.asarray(cv2.resize(photo.rgb[window], (size, size), interpolation=cv2.INTER_AREA), np.uint8)
            if rng.random() < 0.5:
                rgb, points = rgb[:, ::-1], np.array([1, 0], np.float32) + points * np.array([-1, 1], np.float32)
                outlines = [np.array([1, 0], np.float32) + o * np.array([-1, 1], np.float32) for o in outlines]
            masks = _masks(outlines, size // 2)
            alone = not outlines  # beside another person the size of the figure would contradict its distance
            if alone and rng.random() < self._recipe.composed_share and (put := put_before(rng, rgb, self._figures)):
                rgb, figure = put
                points, ranks, masks = _with_nearest(rng, points, ranks, masks, figure)
            if angle := _tilt(rng):
                rgb = turned(rgb, angle)
                tilted = [turned(mask.astype(np.uint8), angle, interpolation=cv2.INTER_NEAREST) for mask in masks]
                masks = np.array(tilted, bool).reshape(masks.shape)
                points = turned_points(points, angle)
                inside = ((points > 0.01) & (points < 0.99)).all(axis=1)
                points, ranks = points[inside], ranks[inside]
            return _degraded(rng, rgb.astype(np.float32)), points, ranks, masks


def _with_nearest(
    rng: Generator,
    points: NDArray[np.float32],
    ranks: NDArray[np.int64],
    masks: NDArray[np.bool_],
    figure: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Points, ranks and outlines after a figure, (size, size) bool, was put before everything."""
    size = len(figure)
    places = np.clip((points * size).astype(int), 0, size - 1)
    seen = ~figure[places[:, 1], places[:, 0]]
    rows, columns = np.nonzero(figure)
    if not len(rows):
        return points, ranks, masks
    chosen = rng.integers(len(rows), size=4)
    on_figure = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float32) / size
    small = np.asarray(cv2.resize(figure.astype(np.uint8), (size // 2, size // 2), interpolation=cv2.INTER_AREA))
    hidden = masks & ~(small > 0)
    visible = hidden[hidden.mean(axis=(1, 2)) > _SMALLEST_OUTLINE]
    return (
        np.concatenate([points[seen], on_figure + 0.5 / size]),
        np.concatenate([ranks[seen], np.full(4, ranks.min() - 1)]),
        np.concatenate([visible, small[None] > 0]),
    )


def _shares(sources: Sequence[str], shares: dict[str, float]) -> NDArray[np.float64]:
    """Probability of each photo: the listed sources get their share, the rest is spread over all others."""
    key = [next((start for start in shares if source.startswith(start)), "") for source in sources]
    counts = {name: key.count(name) for name in set(key)}
    share_of = dict(shares) | {"": 1.0 - sum(shares[name] for name in counts if name)}
    weight = np.array([share_of[name] / counts[name] for name in key])
    return weight / weight.sum()


def _crop(rng: Generator, height: int, width: int, *, smallest: float) -> tuple[int, int, int, int]:
    """(top, left, height, width) of a random window; 2 in 5 times nearly the whole picture, as the network is used."""
    share = rng.uniform(0.9, 1.0) if rng.random() < 0.4 else rng.uniform(smallest, 1.0)
    ratio = np.exp(rng.uniform(-0.3, 0.3))
    crop_height = int(min(height, np.sqrt(share * height * height / ratio)))
    crop_width = int(min(width, np.sqrt(share * width * width * ratio)))
    top, left = int(rng.integers(0, height - crop_height + 1)), int(rng.integers(0, width - crop_width + 1))
    return top, left, crop_height, crop_width


def _tilt(rng: Generator) -> float:
    """Angle in degrees by which a picture is turned: photos are not always held level."""
    return rng.uniform(-_LARGEST_TILT_DEGREES, _LARGEST_TILT_DEGREES) if rng.random() < 0.4 else 0.0


def turned(values: _Array, angle: float, *, interpolation: int = cv2.INTER_LINEAR) -> _Array:
    """A square picture turned about its centre; colours are mirrored at the border, a map gets 0 there."""
    if not angle:
        return values
    size = len(values)
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), angle, 1.0)
    border = cv2.BORDER_REFLECT_101 if values.ndim == 3 else cv2.BORDER_CONSTANT
    out = cv2.warpAffine(np.ascontiguousarray(values), turn, (size, size), flags=interpolation, borderMode=border)
    return cast(_Array, out)


def turned_points(points: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    """Points in [0, 1] turned like `turned` turns the picture: counterclockwise for a positive angle."""
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.asarray((points - 0.5) @ np.array([[cos, -sin], [sin, cos]]) + 0.5, np.float32)


def _masks(outlines: list[NDArray[np.float32]], size: int) -> NDArray[np.bool_]:
    masks = np.zeros((len(outlines), size, size), np.uint8)
    for mask, outline in zip(masks, outlines, strict=True):
        cv2.fillPoly(mask, [np.round(outline * size - 0.5).astype(np.int32)], 1)
    large = masks.mean(axis=(1, 2)) > _SMALLEST_OUTLINE if len(outlines) else np.zeros(0, bool)
    return masks[large] > 0


def _defocused(rng: Generator, image: NDArray[np.float32], disparity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur by the distance from a random focus, so that the network meets photos with shallow depth of field."""
    low, high = np.percentile(disparity, (2, 98))
    relative = np.clip((disparity - low) / max(high - low, 1e-6), 0, 1)
    blur_px = np.abs(relative - rng.uniform(0, 1)) * rng.uniform(2.0, 7.0)
    out, levels = image.copy(), (0.8, 1.6, 3.2, 6.4)
    for sigma in levels:
        share = np.clip((blur_px - sigma / 2) / (sigma / 2), 0, 1)[..., None]
        out += share * (cv2.GaussianBlur(image, (0, 0), sigma) - out)
    return out


def _degraded(rng: Generator, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """(size, size, 3) float32 sRGB in [0, 255]: exposure, contrast, colour, blur, noise and JPEG at random."""
    exposed = np.clip(image / 255 * rng.uniform(0.6, 1.4), 0, 1) ** rng.uniform(0.65, 1.5)
    out = np.clip(exposed * rng.uniform(0.82, 1.18, 3), 0, 1).astype(np.float32)
    if rng.random() < 0.1:
        out = np.repeat(out.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.15:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.5)), np.float32)
    if rng.random() < 0.2:
        out = out + rng.normal(0, rng.uniform(0, 0.05), out.shape).astype(np.float32)
    out = np.clip(out * 255, 0, 255)
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
        decoded = cv2.imdecode(cv2.imencode(".jpg", out.astype(np.uint8), quality)[1], cv2.IMREAD_COLOR)
        out = np.asarray(decoded, np.float32)
    return np.ascontiguousarray(out, dtype=np.float32)
