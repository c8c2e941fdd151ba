"""A finished stack that is in memory while it is used, and otherwise on disk: a session with many costs little."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, FocalStack, Scene
from refocus.core.sizes import DEFAULT_MAX_PIXELS
from refocus.engines.photo_stack import CAPTURED
from refocus.media import Photo
from refocus.results import Refocused

_NO_PICTURE, _NO_MAP = np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.float32)
logger = logging.getLogger(__name__)


class KeptStack:
    """A finished stack; safe to use from all of the server's threads.

    Args:
        refocused: the stack.
        untouched: its disparity before any touch-up stroke, or None.
        file: where its pictures go on `release`; in a folder that lasts as long as it does. The photo is read again
            from its own file.
    """

    def __init__(self, refocused: Refocused, untouched: Disparity | None, file: Path) -> None:
        self._lock = threading.Lock()
        self._whole: tuple[Refocused, Disparity | None] | None = (refocused, untouched)
        self._facts = _without_pictures(refocused)
        self._untouched_facts = None if untouched is None else replace(untouched, values=_NO_MAP)
        self._file = file
        photo = refocused.photo
        self._photo_file = None if refocused.engine == CAPTURED else photo.path
        self._max_pixels = max(DEFAULT_MAX_PIXELS, photo.width * photo.height)

    def whole(self) -> tuple[Refocused, Disparity | None]:
        """The stack and its disparity before any stroke, in memory from now on.

        Raises:
            BadInput: when the photo's file is gone.
        """
        with self._lock:
            if self._whole is None:
                self._whole = self._read()
            return self._whole

    def release(self) -> bool:
        """Keep the pictures on disk only, until they are used again; whether anything was released."""
        with self._lock:
            if self._whole is None:
                return False
            try:
                if not self._file.exists():
                    self._write(*self._whole)
            except OSError as error:
                logger.warning("a stack stays in memory: %s", error.strerror)
                return False
            self._whole = None
            return True

    def _write(self, refocused: Refocused, untouched: Disparity | None) -> None:
        pictures: dict[str, NDArray] = {
            "frames": refocused.stack.frames,
            "all_in_focus": refocused.scene.all_in_focus,
            "disparity": refocused.scene.disparity.values,
        }
        if untouched is not None:
            pictures["untouched"] = untouched.values
        if self._photo_file is None:
            pictures["photo"] = refocused.photo.rgb
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial.npz")
        try:
            np.savez(partial, **pictures)  # type: ignore[arg-type]
            partial.replace(self._file)
        finally:
            partial.unlink(missing_ok=True)

    def _read(self) -> tuple[Refocused, Disparity | None]:
        facts = self._facts
        with np.load(self._file) as pictures:
            disparity = replace(facts.scene.disparity, values=pictures["disparity"])
            whole = replace(
                facts,
                photo=self._photo(pictures),
                scene=Scene(pictures["all_in_focus"], disparity),
                stack=FocalStack(pictures["frames"], facts.stack.focus_disparity),
            )
            kept = self._untouched_facts
            return whole, None if kept is None else replace(kept, values=pictures["untouched"])

    def _photo(self, pictures: Mapping[str, NDArray]) -> Photo:
        photo = self._facts.photo
        if self._photo_file is None:
            return replace(photo, rgb=pictures["photo"])
        opened = Photo.open(self._photo_file, max_pixels=self._max_pixels)
        return replace(photo, rgb=opened.rgb, disparity=opened.disparity, all_in_focus=opened.all_in_focus)


def _without_pictures(refocused: Refocused) -> Refocused:
    disparity = replace(refocused.scene.disparity, values=_NO_MAP)
    frames = np.repeat(_NO_PICTURE[None], len(refocused.stack), axis=0)
    return replace(
        refocused,
        photo=replace(refocused.photo, rgb=_NO_PICTURE, disparity=None, all_in_focus=None, pre_deblurred=None),
        scene=Scene(_NO_PICTURE, disparity),
        stack=FocalStack(frames, refocused.stack.focus_disparity),
    )
