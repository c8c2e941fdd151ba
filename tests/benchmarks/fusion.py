"""How well stacks are fused and aligned: `python -m tests.benchmarks.fusion` (needs the shared data).

Ray-traced stacks: PSNR of the fused picture against the sharp one (13 px border cut), beside two simple ways; rank
correlation of depth; error of the measured blur. Real stacks: size, scale, seconds, order, and where another
tool's fusion exists, the PSNR against it after registering to it. Seconds are the best of three.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from refocus.core.colour import linear_to_srgb8
from refocus.media import Photo
from refocus.optics import depth_from_focus, nearest_first, register
from refocus.optics.stacks.focus_cost import blur_across_stack

SHARED = Path(os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
BORDER_PX = 13
INNER = np.s_[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX]
Result = TypeVar("Result")
STACKS = {"beetle": True, "pcb_bench": True, "pcb_switch": False, "dome": False, "leaf": None}  # nearest first?


def main() -> None:
    """Print both tables."""
    cv2.setNumThreads(2)
    print(columns("scene", ours=7, pyramid=9, sharpest=10, middle=8, rank=7, error=7, blur_px=9, s=6))
    for scene in ("S1", "S2", "S3"):
        traced(scene)
    print("\n" + columns("stack", 12, photos=7, size=11, scale=14, align_s=9, fuse_s=8, nearest_first=15, PSNR=7))
    for name, expected in STACKS.items():
        real(name, expected)
    nine_frames()


def columns(first: str, first_width: int = 8, **widths: int) -> str:
    """A heading: names over columns of these widths."""
    return f"{first:{first_width}}" + "".join(f"{name.replace('_', ' '):>{width}}" for name, width in widths.items())


def traced(scene: str) -> None:
    """One line: fused PSNR of three ways, depth, blur measured (24 px is true), seconds."""
    data = np.load(SHARED / f"groundtruth/{scene}/{scene}.npz")
    frames = linear_to_srgb8(data["stack"].astype(np.float32))
    sharp = linear_to_srgb8(data["aif"].astype(np.float32))
    seconds, found = best_of_three(lambda: depth_from_focus(frames))
    truth = np.interp(1 / data["depth"], data["focus_diopters"][::-1], np.arange(len(frames))[::-1])
    rank = spearmanr(-found.positions[INNER].ravel(), 1 / data["depth"][INNER].ravel()).statistic
    error = np.abs(found.positions - truth)[INNER].mean()
    scores = [psnr(picture, sharp) for picture in (found.all_in_focus, pyramid(frames), sharpest(frames), frames[4])]
    blur_px = blur_across_stack(frames) * frames.shape[2]
    print(f"{scene:8}{scores[0]:7.2f}{scores[1]:9.2f}{scores[2]:10.2f}{scores[3]:8.2f}{rank:7.3f}{error:7.3f}", end="")
    print(f"{blur_px:9.1f}{seconds:6.2f}")


def real(name: str, expected: bool | None) -> None:
    """One line for a stack of a real camera."""
    paths = sorted((SHARED / "photos/stacks" / name).iterdir())
    photos = np.stack([Photo.open(path).rgb for path in paths])
    align_s, aligned = best_of_three(lambda: register(photos))
    fuse_s, found = best_of_three(lambda: depth_from_focus(aligned.frames))
    found_order = nearest_first(aligned.frames)
    verdict = f"{found_order}" + ("" if expected is None else " right" if found_order is expected else " WRONG")
    height, width = aligned.frames.shape[1:3]
    scales = f"{aligned.scales.min():.3f}-{aligned.scales.max():.3f}"
    other = SHARED / f"photos/stacks/{name}_fused.jpg"
    agreement = f"{against(found.all_in_focus, Photo.open(other).rgb):7.2f}" if other.exists() else f"{'':7}"
    print(
        f"{name:12}{len(paths):7}{f'{width}x{height}':>11}{scales:>14}{align_s:9.2f}{fuse_s:8.2f}{verdict:>15}{agreement}"
    )


def nine_frames() -> None:
    """Seconds for 9 frames at 1024 px, the usual stack."""
    paths = sorted((SHARED / "photos/stacks/pcb_switch").iterdir())[:9]
    frames = np.stack([cv2.resize(Photo.open(path).rgb, (1024, 683)) for path in paths]).astype(np.uint8)
    seconds, _ = best_of_three(lambda: depth_from_focus(frames))
    print(f"\n9 frames of 1024x683: {seconds:.2f} s")


def pyramid(frames: NDArray[np.uint8], levels: int = 6) -> NDArray[np.uint8]:
    """The usual way: of each level of a Laplacian pyramid the strongest coefficient."""
    chosen: list[NDArray] = []
    current = [frame.astype(np.float32) for frame in frames]
    for _ in range(levels):
        smaller = [cv2.pyrDown(frame) for frame in current]
        detail = np.stack(
            [f - cv2.pyrUp(s, dstsize=f.shape[1::-1]) for f, s in zip(current, smaller, strict=True)]
        )  # (frames, height, width, 3)
        energy = np.stack([cv2.GaussianBlur((d**2).sum(axis=-1), (0, 0), 1.0) for d in detail])
        chosen.append(np.take_along_axis(detail, energy.argmax(axis=0)[None, ..., None], 0)[0])
        current = smaller
    fused = np.mean(current, axis=0)
    for level in reversed(chosen):
        fused = cv2.pyrUp(fused, dstsize=level.shape[1::-1]) + level
    return np.clip(np.rint(fused), 0, 255).astype(np.uint8)


def sharpest(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The simplest way: of each pixel the frame with the strongest Laplacian around it."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    energy = np.stack([cv2.GaussianBlur(cv2.Laplacian(g, cv2.CV_32F) ** 2, (0, 0), 2.0) for g in grey])
    return np.take_along_axis(frames, energy.argmax(axis=0)[None, ..., None], 0)[0]


def against(fused: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """PSNR against another fusion of the same stack, which had its own reference frame and size."""
    resized = cv2.resize(other, fused.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)
    ours, theirs = register(np.stack([fused, resized])).frames
    return psnr(ours, theirs)


def psnr(picture: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """In dB, border cut."""
    return float(10 * np.log10(255**2 / np.mean((picture[INNER].astype(float) - truth[INNER]) ** 2)))


def best_of_three(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of the fastest of three runs, and the result of the last."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - began)
    return min(seconds), result


if __name__ == "__main__":
    main()
