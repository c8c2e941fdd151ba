"""How good restoration is: `python -m tests.benchmarks.restore [--pictures FOLDER]` (needs the shared photos).

PSNR and SSIM of real pairs of blurred and sharp photographs, beside copying and what people try first; then how much
photos that are sharp already change. None of these photos was learned from or tuned on. With a folder, each pair's
blurred, restored and sharp picture is written there.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import richardson_lucy, wiener

from refocus.restore.deblur import deblur

SHARED = Path(os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SHARP_PHOTOS = ("genfocus/AIF_example.png", "rgbd/motorcycle.png", "rgbd/mpib_new_11.jpg", "rgbd/redwood_00.jpg")
PEER_BLUR_PX = 4.0  # the diameter that the classical peers assume everywhere
Picture = NDArray[np.uint8]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    folder = parser.parse_args().pictures
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    deblur(np.zeros((64, 64, 3), np.uint8))  # so that loading is not timed
    _pairs(folder)
    _sharp_photos(folder)


def _pairs(folder: Path | None) -> None:
    print(f"{'pair (PSNR dB, SSIM)':18}" + "".join(f"{name:>16}" for name in METHODS) + f"{'gain':>8}{'CPU s':>7}")
    rows = []
    for blurred_path in sorted((SHARED / "photos/pairs").glob("*_blur.*")):
        blurred = read(blurred_path)
        sharp = read(blurred_path.with_name(blurred_path.name.replace("_blur.", "_sharp.")))
        scores, seconds = [], 0.0
        for name, method in METHODS.items():
            began = time.process_time()
            restored = method(blurred)
            seconds = time.process_time() - began if name == "ours" else seconds
            scores.append(quality(restored, sharp))
        rows.append(scores)
        print(_line(blurred_path.stem[:-5], scores) + f"{scores[-1][0] - scores[0][0]:+8.2f}{seconds:7.2f}")
        if folder:
            shown = np.vstack([blurred, deblur(blurred)[0], sharp])
            Image.fromarray(shown).save(folder / f"{blurred_path.stem[:-5]}.png")
    mean = np.mean(rows, axis=0)
    gains = np.array(rows)[:, -1, :] - np.array(rows)[:, 0, :]
    print(_line("mean", mean) + f"{gains[:, 0].mean():+8.2f}")
    print(f"gain: mean {gains[:, 0].mean():+.2f} dB, {gains[:, 1].mean():+.4f} SSIM; least {gains[:, 0].min():+.2f} dB")


def _line(name: str, scores: list[tuple[float, float]]) -> str:
    return f"{name:18}" + "".join(f"{psnr:9.2f}{ssim:7.3f}" for psnr, ssim in scores)


def _sharp_photos(folder: Path | None) -> None:
    print(f"\n{'sharp photo':28}{'mean change (grey levels)':>26}{'unchanged pixels':>18}{'blurred':>9}")
    for name in SHARP_PHOTOS:
        photo = read(SHARED / "photos" / name)
        restored, blur_px = deblur(photo)
        change = np.abs(restored.astype(int) - photo)
        print(f"{name:28}{change.mean():26.3f}{(change.max(-1) == 0).mean():18.2f}{(blur_px > 1).mean():9.2f}")
        if folder:
            Image.fromarray(np.vstack([photo, restored])).save(folder / f"{Path(name).stem}.png")


def read(path: Path) -> Picture:
    """At a long side of at most 1024 px, as the app works."""
    image = Image.open(path).convert("RGB")
    image.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    return np.asarray(image)


def quality(picture: Picture, truth: Picture) -> tuple[float, float]:
    """PSNR in dB and SSIM of 8-bit colour pictures."""
    return (
        float(peak_signal_noise_ratio(truth, picture, data_range=255)),
        float(structural_similarity(truth, picture, channel_axis=2, data_range=255)),
    )


def _unsharp_mask(picture: Picture) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), PEER_BLUR_PX / 2)
    return cv2.addWeighted(picture, 1.5, soft, -0.5, 0).astype(np.uint8)


def _per_channel(restore: Callable[[NDArray, NDArray], NDArray]) -> Callable[[Picture], Picture]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(PEER_BLUR_PX) + 1,) * 2).astype(float)
    kernel /= kernel.sum()

    def run(picture: Picture) -> Picture:
        channels = [restore(picture[..., channel] / 255, kernel) for channel in range(3)]
        return np.clip(np.rint(np.dstack(channels) * 255), 0, 255).astype(np.uint8)

    return run


METHODS: dict[str, Callable[[Picture], Picture]] = {
    "copying": lambda picture: picture,
    "unsharp mask": _unsharp_mask,
    "Wiener": _per_channel(lambda channel, kernel: wiener(channel, kernel, balance=0.1)),
    "Richardson-Lucy": _per_channel(lambda channel, kernel: richardson_lucy(channel, kernel, num_iter=10)),
    "ours": lambda picture: deblur(picture)[0],
}


if __name__ == "__main__":
    main()
