"""Predict the other frames of real focal stacks from the middle one.

python -m tests.benchmarks.stacks [--pictures DIR]   (needs the shared photos)

Each stack is registered. From the middle frame alone its disparity, its sharp picture, its own focus and the growth
of its blur are estimated; the only thing given is which way the frames were focused. Frame k is then rendered with
its focus on an even ladder from the middle frame's own to the nearest or farthest thing. PSNR and SSIM by distance
in frames, against showing the middle frame itself.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.depth import estimate_disparity
from refocus.optics import register, render_stack
from refocus.restore import restore_photo
from refocus.results.rendering import focus_range
from tests.benchmarks.restore import SHARED, quality, read

STACKS = {"pcb_bench": 1, "pcb_switch": -1, "beetle": 1, "leaf": 1, "dome": 1}
"""1 where the first frame is focused nearest, -1 where the last is."""
USED = 7  # at most so many frames of a stack, evenly spaced
FALLBACK_COC_PX = 10.0  # over the whole range, when the middle frame shows no blur to go by


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    folder = parser.parse_args().pictures
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    by_distance: dict[int, list[tuple[float, float, float, float]]] = {}
    for name, order in STACKS.items():
        frames = _registered(SHARED / "photos/stacks" / name)[::order]
        middle = len(frames) // 2
        predicted, said = predict(frames[middle], len(frames), middle)
        print(f"{name}: {len(frames)} frames, {said}")
        for index in range(len(frames)):
            if index == middle:
                continue
            ours, copied = (quality(picture, frames[index]) for picture in (predicted[index], frames[middle]))
            by_distance.setdefault(abs(index - middle), []).append((*ours, *copied))
            print(f"  {index - middle:+d}: ours {ours[0]:.2f} {ours[1]:.3f}  copying {copied[0]:.2f} {copied[1]:.3f}")
        if folder:
            _show(frames, predicted, middle, folder / f"{name}.png")
    print(f"{'distance':>9}{'frames':>8}{'ours':>16}{'copying':>16}{'gain':>8}")
    for distance, rows in sorted(by_distance.items()):
        psnr, ssim, copied_psnr, copied_ssim = np.mean(rows, axis=0)
        both = f"{psnr:9.2f}{ssim:7.3f}{copied_psnr:9.2f}{copied_ssim:7.3f}"
        print(f"{distance:9}{len(rows):8}{both}{psnr - copied_psnr:+8.2f}")
    far = np.mean([row for distance, rows in by_distance.items() if distance >= 3 for row in rows], axis=0)
    print(f"3 and more: ours {far[0]:.2f} dB {far[1]:.3f}, copying {far[2]:.2f} dB {far[3]:.3f}")


def predict(photo: NDArray[np.uint8], frames: int, middle: int) -> tuple[list[NDArray[np.uint8]], str]:
    """All frames of a stack from its middle one, and in words what was found in that."""
    disparity = estimate_disparity(photo)
    restored = restore_photo(photo, disparity=disparity)
    nearest, farthest = focus_range(disparity)
    focus, slope = (nearest + farthest) / 2, FALLBACK_COC_PX / max(nearest - farthest, 1e-6)
    if restored.focus:
        focus, slope = restored.focus.disparity, restored.focus.coc_px_per_disparity
    ladder = np.interp(np.arange(frames), [0, middle, frames - 1], [nearest, focus, farthest])
    rendered = render_stack(
        srgb_to_linear(restored.rgb), disparity.values, focus_disparity=ladder, coc_px_per_disparity=slope
    )
    pictures = [linear_to_srgb8(picture) for picture in rendered]
    share = (focus - farthest) / max(nearest - farthest, 1e-6)
    return pictures, f"own focus {share:.2f} of the range, blur grows by {slope:.1f} px over it"


def _registered(folder: Path) -> NDArray[np.uint8]:
    paths = sorted(folder.glob("*.jpg"))
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(USED, len(paths))).round().astype(int))
    return register(np.stack([read(paths[index]) for index in chosen])).frames


def _show(frames: NDArray[np.uint8], predicted: list[NDArray[np.uint8]], middle: int, path: Path) -> None:
    ends = [0, middle, len(frames) - 1]
    truth, ours = (np.hstack([pictures[index] for index in ends]) for pictures in (frames, predicted))
    Image.fromarray(np.vstack([truth, ours])).save(path)


if __name__ == "__main__":
    main()
