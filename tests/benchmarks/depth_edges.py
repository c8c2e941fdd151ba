"""What outlines of depth that are soft or misplaced cost the renderer: python -m tests.benchmarks.depth_edges

For each scene and each kind of depth map: the mean PSNR [dB] of three frames, ours and the best peer's.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.lens_rays import Truth
from tests.benchmarks.peers import blur_and_pick, summed_layers
from tests.benchmarks.render import Renderer, each_frame, noisy, ours, scene_path
from tests.benchmarks.thin_scenes import fence_and_branches, net_and_leaves
from tests.benchmarks.truths import psnr_db, thin_structures, traced_scene

Change = Callable[[Truth], NDArray[np.float32]]
_FRAMES = 3
_SAMPLES = 64
_PEERS: tuple[Renderer, ...] = (each_frame(blur_and_pick), each_frame(summed_layers))


def blurred(sigma_px: float) -> Change:
    """Depth blurred by a Gaussian."""
    return lambda truth: np.asarray(cv2.GaussianBlur(truth.disparity, (0, 0), sigma_px), np.float32)


def shifted(by_px: int) -> Change:
    """Depth shifted to the right."""
    columns = slice(None, -by_px)
    return lambda truth: np.pad(truth.disparity[:, columns], ((0, 0), (by_px, 0)), mode="edge")


def grown(by_px: int) -> Change:
    """Depth whose nearer things are larger by some pixels on each side, or smaller when negative."""
    side = 2 * abs(by_px) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    change = cv2.dilate if by_px > 0 else cv2.erode
    return lambda truth: np.asarray(change(truth.disparity, disc), np.float32)


MAPS: dict[str, Change] = {
    "exact": lambda truth: truth.disparity,
    **{f"blurred by {sigma_px:g} px": blurred(sigma_px) for sigma_px in (1.2, 3.0, 6.0, 15.0)},
    **{f"shifted by {by_px} px": shifted(by_px) for by_px in (1, 2, 3)},
    "grown by 2 px": grown(2),
    "shrunk by 2 px": grown(-2),
    "noisy": noisy,
}


def _scenes(shared: Path) -> dict[str, Callable[[], Truth]]:
    def traced(name: str) -> Callable[[], Truth]:
        return lambda: traced_scene(scene_path(shared, name))

    return {name: traced(name) for name in ("S1", "S2", "S3")} | {
        "thin": lambda: thin_structures(360, _FRAMES, _SAMPLES),
        "fence": lambda: fence_and_branches(frames=_FRAMES, samples=_SAMPLES),
        "net": lambda: net_and_leaves(frames=_FRAMES, samples=_SAMPLES),
    }


def mean_psnr_db(renderer: Renderer, truth: Truth, disparity: NDArray[np.float32]) -> float:
    """Mean PSNR of a renderer's frames from another map than the truth's."""
    low, high = min(0.0, float(disparity.min())), max(1.0, float(disparity.max()))
    seen = renderer(replace(truth, disparity=disparity, focus_disparity=truth.focus_disparity.clip(low, high)))
    return float(np.mean([psnr_db(a, b) for a, b in zip(seen, truth.frames_linear, strict=True)]))


def main() -> None:
    """Print the table, a line for each kind of map."""
    default = os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(default), help="folder that holds groundtruth/")
    parser.add_argument("--scenes", nargs="+", choices=("S1", "S2", "S3", "thin", "fence", "net"))
    parser.add_argument("--quality", choices=("preview", "standard", "exact"), default="standard")
    parser.add_argument("--no-peers", action="store_true", help="ours alone, in half the time")
    asked = parser.parse_args()
    scenes = _scenes(asked.shared)
    truths = {name: _thinned(scenes[name]()) for name in asked.scenes or scenes}
    width = 8 if asked.no_peers else 16
    print(f"{'PSNR [dB]' + ('' if asked.no_peers else ', ours and the best peer'):34s}", end="")
    print("".join(f"{name:>{width}s}" for name in truths))
    for label, change in MAPS.items():
        print(f"{label:34s}", end="", flush=True)
        for truth in truths.values():
            disparity = change(truth)
            print(f"{mean_psnr_db(ours(asked.quality), truth, disparity):8.2f}", end="", flush=True)
            if not asked.no_peers:
                print(f"{max(mean_psnr_db(peer, truth, disparity) for peer in _PEERS):8.2f}", end="", flush=True)
        print()


def _thinned(truth: Truth) -> Truth:
    """The first, middle and last frame of a stack."""
    chosen = np.linspace(0, len(truth.focus_disparity) - 1, _FRAMES).round().astype(int)
    return replace(truth, focus_disparity=truth.focus_disparity[chosen], frames_linear=truth.frames_linear[chosen])


if __name__ == "__main__":
    main()
