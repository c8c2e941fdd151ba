"""Focal stacks of a real camera: the photos are the frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from refocus.core import BadInput, FocalStack, Progress, Stages, silent
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES, stack_focus_disparity
from refocus.core.sizes import DEFAULT_MAX_PIXELS, DEFAULT_MAX_STACK_PIXELS, fitted_size, most_common_size
from refocus.media import Photo
from refocus.media.photo_files import taken_order
from refocus.optics import Registered, nearest_first, register, scene_from_stack
from refocus.optics.stacks.focus_change import CHANGES, SAME, focus_change
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest
from refocus.results.stack_size import check_files, check_stack_size

CAPTURED = "captured"
PhotoOrder = Literal["auto", "near-first", "far-first"]
PHOTO_ORDERS: tuple[PhotoOrder, ...] = ("auto", "near-first", "far-first")
_STAGES = {"Aligning the photos": 1.0, "Finding where each is sharp": 2.0}
_ALIGN_STAGE, _FUSE_STAGE = _STAGES
_BY_TIME = "The photos are ordered by the time they were taken, which differs from the order of their names."
_HARDLY_CHANGES = "The focus of the photos hardly changes, as in a burst or a bracket of exposures."
_OPEN_STAGE = "Opening the photos"
_MIN_NOTED_GAIN = 0.02  # smaller differences of exposure are not mentioned


@dataclass(frozen=True, slots=True, eq=False)
class PhotoStack:
    """Photos of one still scene with monotonically changing focus.

    Attributes:
        photos: 3 to 33, all of one size, in order of focus.
        name: of the stack.
        notes: for the user, on how the photos were selected.
        paths: files of all given photos; no result may replace them.
    """

    photos: tuple[Photo, ...]
    name: str
    notes: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()

    @classmethod
    def from_photos(
        cls,
        photos: Sequence[Photo],
        *,
        long_side: int,
        name: str = "stack",
        max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
    ) -> "PhotoStack":
        """A stack of opened photos, resized to `long_side`. Of more than 33 photos, 33 evenly spaced ones are used.

        Raises:
            BadInput: when there are fewer than 3, or their sizes differ, or they are more than `max_stack_pixels`.
        """
        _check_count(len(photos))
        chosen = [photos[index] for index in _evenly_spaced(len(photos))]
        _check_sizes([(photo.name, photo.width, photo.height) for photo in chosen])
        check_stack_size(len(chosen), fitted_size((chosen[0].width, chosen[0].height), long_side), max_stack_pixels)
        resized = tuple(photo.resized(long_side) for photo in chosen)
        paths = tuple(photo.path for photo in photos if photo.path is not None)
        return cls(resized, name, _selection_note(len(photos)), paths)

    @classmethod
    def open(
        cls,
        paths: Sequence[str | Path],
        *,
        long_side: int,
        name: str = "stack",
        max_pixels: int = DEFAULT_MAX_PIXELS,
        max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
        progress: Progress = silent,
    ) -> "PhotoStack":
        """Open a stack of files in the order they were taken, by EXIF, or the natural order of their names.

        One photo at a time is held at full size.

        Raises:
            BadInput: when there are fewer than 3, their sizes differ, or files are not photos; or, before any is
                decoded, when they have more than `max_stack_pixels` at `long_side`.
            Cancelled: from `progress`, passed on.
        """
        _check_count(len(paths))
        ordered, by_time = taken_order(map(Path, paths))
        chosen = [ordered[index] for index in _evenly_spaced(len(ordered))]
        check_files(chosen, max_stack_pixels, long_side=long_side)
        photos, sizes, problems = [], [], []
        for index, path in enumerate(chosen):
            progress(_OPEN_STAGE, index / len(chosen))
            try:
                photo = Photo.open(path, max_pixels=max_pixels)
            except BadInput as error:
                problems.append(error.message)
                continue
            sizes.append((path.name, photo.width, photo.height))
            photos.append(photo.resized(long_side))
        if problems:
            raise BadInput(" ".join(problems), todo="Take these files out of the stack or replace them.")
        _check_sizes(sizes)
        notes = (*_selection_note(len(paths)), *((_BY_TIME,) if by_time else ()))
        return cls(tuple(photos), name, notes, tuple(path.absolute() for path in ordered))


def refocus_photo_stack(
    photo_stack: PhotoStack, request: RefocusRequest, *, order: PhotoOrder = "auto", progress: Progress = silent
) -> Refocused:
    """Align the photos as frames, and compute the all-in-focus picture and the disparity from their sharpness.

    Args:
        photo_stack: the photos.
        request: blur and aperture of `Refocused.bokeh`; the number of frames is that of the photos.
        order: which end the first photo is focused on; "auto" estimates it from the colour of the blur.
        progress: called with the stage and the fraction done; may raise `Cancelled`.

    Raises:
        BadInput: when the photos cannot be aligned, their focus does not change, or there is no such order.
    """
    if order not in PHOTO_ORDERS:
        raise BadInput(f"There is no order {order!r}.", todo=f"Choose one of: {', '.join(PHOTO_ORDERS)}.")
    stages = Stages(_STAGES, progress)
    with stages.stage(_ALIGN_STAGE):
        registered = register(np.stack([photo.rgb for photo in photo_stack.photos]))
        change = focus_change(registered.frames)
        if change is not None and change < SAME:
            raise BadInput(
                "The focus of these photos does not change, so they are no focal stack.",
                todo="Give photos of one still scene, each focused a little farther than the last.",
            )
        near_first, order_note = _order(registered, order)
    frames = registered.frames if near_first else registered.frames[::-1]
    stack = FocalStack(np.ascontiguousarray(frames), stack_focus_disparity(1.0, 0.0, len(frames)))
    with stages.stage(_FUSE_STAGE):
        scene = scene_from_stack(stack)
    middle = photo_stack.photos[len(photo_stack.photos) // 2]
    return Refocused(
        photo=replace(
            middle,
            rgb=registered.frames[len(frames) // 2],
            disparity=None,
            all_in_focus=None,
            name=photo_stack.name,
        ),
        scene=scene,
        stack=stack,
        engine=CAPTURED,
        request=replace(request, frames=len(frames)),
        seconds=stages.seconds,
        photo_files=photo_stack.paths,
        engine_notes=(
            *photo_stack.notes,
            *middle.notes,
            *_registration_notes(registered),
            *((_HARDLY_CHANGES,) if change is not None and change < CHANGES else ()),
            order_note,
            "The steps of focus are assumed to be even.",
            "The frames are the photos themselves; blur strength and aperture shape count for bokeh.",
        ),
    )


def _order(registered: Registered, order: PhotoOrder) -> tuple[bool, str]:
    """Whether the first photo is focused nearest, and a note on how that is known."""
    if order != "auto":
        return order == "near-first", f"Order: {order}, as requested."
    found = nearest_first(registered.frames)
    if found is None:
        return True, (
            "Order: the first photo is assumed to be focused nearest, because the photos do not show the order; "
            "if near and far are swapped, choose far-first."
        )
    end = "nearest" if found else "farthest"
    return found, f"Order: the first photo is focused {end}, estimated from the colour of the blur."


def _registration_notes(registered: Registered) -> list[str]:
    scales = registered.scales
    height, width = registered.frames.shape[1:3]
    notes = [
        f"{len(scales)} photos were aligned: focusing scaled them by {scales.min():.3f} to {scales.max():.3f}; "
        f"{width} × {height} px are left, which all of them show."
    ]
    gains = registered.gains
    if np.abs(gains - 1).max() > _MIN_NOTED_GAIN:
        notes.append(f"Exposure was evened out by factors of {gains.min():.2f} to {gains.max():.2f}.")
    return notes


def _evenly_spaced(count: int) -> list[int]:
    return [int(index) for index in np.linspace(0, count - 1, min(count, MAX_FRAMES)).round()]


def _selection_note(count: int) -> tuple[str, ...]:
    return (f"{MAX_FRAMES} of the {count} photos were used, evenly chosen.",) if count > MAX_FRAMES else ()


def _check_count(count: int) -> None:
    if count < MIN_FRAMES:
        raise BadInput(
            f"A focal stack needs at least {MIN_FRAMES} photos, but there {'is' if count == 1 else 'are'} {count}.",
            todo="Give photos of one still scene, each focused a little farther than the last.",
        )


def _check_sizes(sizes: Sequence[tuple[str, int, int]]) -> None:
    """All photos must have the size most of them have; those that don't are all named."""
    usual = most_common_size(size[1:] for size in sizes)
    others = [f"{name} is {width}x{height}" for name, width, height in sizes if (width, height) != usual]
    if others:
        raise BadInput(
            f"The photos of a stack must have one size; most are {usual[0]}x{usual[1]} px, but {', '.join(others)}.",
            todo="Take these out, or give all photos one size and orientation.",
        )
