"""K found by SSIM on the ray-traced scenes, another renderer than ours, against the aperture they were traced with.

python -m tests.benchmarks.ssim_k
"""

import json

import numpy as np

from refocus.core.colour import linear_to_srgb8
from refocus.training.generative.prepare_apertures import search_k
from tests.reference import reference

SCENES = ("S1", "S2", "S3")


def main() -> None:
    """A line for each frame: nine focus distances, and one with twice the aperture."""
    errors = []
    for name in SCENES:
        scene = np.load(reference(f"groundtruth/{name}/{name}.npz"))
        lens = json.loads(str(scene["meta"]))
        sharp = linear_to_srgb8(scene["aif"].astype(np.float32))
        diopters = (1 / scene["depth"]).astype(np.float32)
        frames = [
            *zip(scene["stack"], scene["focus_diopters"], strict=True),
            (scene["wide"], scene["wide_focus_diopter"]),
        ]
        for index, (frame, focus) in enumerate(frames):
            found = search_k(sharp, diopters, linear_to_srgb8(frame.astype(np.float32)), float(focus))
            truth = lens["aperture_radius_m"] * lens["f_px"] * (2 if index == len(frames) - 1 else 1)
            errors.append(found.k_radius_px_per_diopter / truth - 1)
            print(
                f"{name} frame {index}: K {found.k_radius_px_per_diopter:6.2f}, truth {truth:6.2f}, "
                f"{errors[-1]:+.1%}, SSIM {found.ssim:.3f}",
                flush=True,
            )
    off = np.abs(errors)
    print(f"{len(off)} frames: mean {off.mean():.1%}, largest {off.max():.1%}, within 5 %: {int((off < 0.05).sum())}")


if __name__ == "__main__":
    main()
