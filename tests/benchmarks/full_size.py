"""How near frames brought to the photo's size come to the true ones: `python -m tests.benchmarks.full_size`.

The photo is one frame of a ray-traced stack; the model's frames are all of them at half size, also shifted by half a
pixel and a little off in colour, as a model's are. Told is the PSNR [dB] over all frames, where the photo and the
frame are both sharp and over the whole picture, beside plain enlarging, and beside adding all of the photo's detail.
"""

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.results.full_size import resized_srgb, with_photo_detail

SHARED = Path(os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
_BORDER = np.s_[13:-13, 13:-13]


def small_frame(frame_srgb: NDArray[np.uint8], *, imperfect: bool) -> NDArray[np.uint8]:
    """A frame at half size, as a model would make it."""
    size = frame_srgb.shape[1] // 2, frame_srgb.shape[0] // 2
    if not imperfect:
        return resized_srgb(frame_srgb, size)
    half_pixel = np.array([[1, 0, 0.5], [0, 1, 0.5]], np.float32)
    shifted = cv2.warpAffine(frame_srgb, half_pixel, frame_srgb.shape[1::-1], borderMode=1).astype(np.uint8)
    return np.clip(resized_srgb(shifted, size) * np.array([1.03, 1.0, 0.97], np.float32) + 2, 0, 255).astype(np.uint8)


def all_detail(frame_srgb: NDArray[np.uint8], photo_srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame with all of the photo's detail, wherever it is: what makes ghosts."""
    small, full = frame_srgb.shape[1::-1], photo_srgb.shape[1::-1]
    photo = srgb_to_linear(photo_srgb)
    reduced = cv2.resize(photo, small, interpolation=cv2.INTER_AREA)
    detail = photo - cv2.resize(reduced, full, interpolation=cv2.INTER_CUBIC)
    return linear_to_srgb8(cv2.resize(srgb_to_linear(frame_srgb), full, interpolation=cv2.INTER_CUBIC) + detail)


def psnr(first: NDArray[np.uint8], second: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
    """Of the pixels where it is True."""
    error = (first.astype(np.float32) - second)[_BORDER][where[_BORDER]]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def measure(scene: str, photo_position: int, *, imperfect: bool) -> list[tuple[float, float]]:
    """PSNR (sharp in both, everywhere) of plain enlarging, all detail, and ours; photo and frame may be one."""
    truth = np.load(SHARED / "groundtruth" / scene / f"{scene}.npz")
    stack = [linear_to_srgb8(np.clip(frame.astype(np.float32), 0, 1)) for frame in truth["stack"]]
    sharp_srgb = linear_to_srgb8(np.clip(truth["aif"].astype(np.float32), 0, 1))
    photo = stack[photo_position]
    scores = []
    for frame in stack:
        errors = [np.abs(picture.astype(np.float32) - sharp_srgb).mean(-1) for picture in (photo, frame)]
        both = np.maximum(cv2.blur(errors[0], (7, 7)), cv2.blur(errors[1], (7, 7))) < 4
        small = small_frame(frame, imperfect=imperfect)
        ways = (resized_srgb(small, photo.shape[1::-1]), all_detail(small, photo), with_photo_detail(small, photo))
        everywhere = np.ones_like(both)
        scores.append([(psnr(way, frame, both), psnr(way, frame, everywhere)) for way in ways])
    return [(float(sharp), float(whole)) for sharp, whole in np.mean(scores, axis=0)]


def main() -> None:
    """Print a table."""
    print("scene photo imperfect |  enlarged  | all detail |    ours     (sharp in both / everywhere)")
    for scene in ("S1", "S2", "S3"):
        for position in (1, 7):
            for imperfect in (False, True):
                scores = measure(scene, position, imperfect=imperfect)
                columns = " | ".join(f"{sharp:4.1f} / {whole:4.1f}" for sharp, whole in scores)
                print(f"{scene:5} {position:5} {imperfect!s:9} | {columns}")


if __name__ == "__main__":
    main()
