"""How good restoration is: `python -m tests.benchmarks.restore [--rendered FOLDER] [--pictures FOLDER]`.

Needs the shared photos. PSNR, SSIM and gradient energy (as a share of the truth's) beside what a plain filter reaches,
for real pairs, for ray-traced frames, and for pairs rendered by `train restore` (RUN/validation); how much photos that
are sharp already change; seconds and memory. None of the real pairs and frames was learned from or tuned on. With a
folder, each blurred, restored and sharp picture is written there.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from refocus.core import Disparity
from refocus.core.colour import linear_to_srgb8
from refocus.depth import estimate_disparity
from refocus.restore import Restoration, restore_photo

SHARED = Path(os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SHARP_PHOTOS = ("genfocus/AIF_example.png", "rgbd/motorcycle.png", "rgbd/mpib_new_11.jpg", "rgbd/redwood_00.jpg")
Picture = NDArray[np.uint8]
Method = Callable[[Picture, Disparity], Picture]


class Pair(NamedTuple):
    """A picture out of focus, and the same sharp."""

    name: str
    blurred: Picture
    sharp: Picture


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rendered", type=Path, help="folder of pairs NAME_blur.png, NAME_sharp.png")
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
    _time()
    _table("real pairs", _pairs_in(SHARED / "photos/pairs"), args.pictures)
    _table("ray-traced frames", _ray_traced(), args.pictures)
    if args.rendered:
        _table("rendered validation pairs", _pairs_in(args.rendered), args.pictures)
    _sharp_photos(args.pictures)


def _table(title: str, pairs: Iterator[Pair], folder: Path | None) -> None:
    """For each method the change of PSNR and SSIM against copying, and the share of the truth's gradient energy."""
    print(f"\n{title:24}{'copying':>22}" + "".join(f"{name:>24}" for name in METHODS))
    print(f"{'':24}{'dB     SSIM  energy':>22}" + f"{'dB     SSIM  energy':>24}" * len(METHODS))
    rows = []
    for pair in pairs:
        before, disparity = _scores(pair.blurred, pair.sharp), estimate_disparity(pair.blurred)
        restored = {name: method(pair.blurred, disparity) for name, method in METHODS.items()}
        after = [_scores(picture, pair.sharp) for picture in restored.values()]
        rows.append([before, *((psnr - before[0], ssim - before[1], energy) for psnr, ssim, energy in after)])
        print(_line(pair.name, rows[-1]), flush=True)
        if folder:
            shown = np.vstack([pair.blurred, restored["full"], pair.sharp])
            Image.fromarray(shown).save(folder / f"{pair.name.replace('/', '_')}.png")
    values = np.array(rows)
    print(_line("mean", values.mean(axis=0)) + "\n" + _line("least", values.min(axis=0)))


def _line(name: str, scores: Iterable[Sequence[float]]) -> str:
    (psnr, ssim, energy), *changes = scores
    return f"{name:24}{psnr:8.2f}{ssim:8.3f}{energy:6.2f}" + "".join(
        f"{psnr:+10.2f}{ssim:+8.3f}{energy:6.2f}" for psnr, ssim, energy in changes
    )


def _pairs_in(folder: Path) -> Iterator[Pair]:
    for path in sorted(folder.glob("*_blur.*")):
        sharp = path.with_name(path.name.replace("_blur.", "_sharp."))
        yield Pair(path.stem[:-5], read(path), read(sharp))


def _ray_traced() -> Iterator[Pair]:
    """Every frame of S1 to S3, without the border at which the lens sees what the sharp picture lacks."""
    for folder in sorted((SHARED / "groundtruth").glob("S*")):
        with np.load(folder / f"{folder.name}.npz") as arrays:
            border = json.loads(str(arrays["meta"]))["eval_border_px"]
            sharp, frames = (linear_to_srgb8(arrays[key].astype(np.float32)) for key in ("aif", "stack"))
        inside = slice(border, -border)
        for number, frame in enumerate(frames):
            yield Pair(f"{folder.name}/{number}", frame[inside, inside], sharp[inside, inside])


def _sharp_photos(folder: Path | None) -> None:
    print(f"\n{'sharp photo':28}{'mean change (grey levels)':>26}{'unchanged pixels':>18}{'blurred':>9}")
    for name in SHARP_PHOTOS:
        photo = read(SHARED / "photos" / name)
        result = restore_photo(photo, disparity=estimate_disparity(photo))
        change = np.abs(result.rgb.astype(int) - photo)
        blurred = 0.0 if result.blur_px is None else float((result.blur_px > 1).mean())
        print(f"{name:28}{change.mean():26.3f}{(change.max(-1) == 0).mean():18.2f}{blurred:9.2f}")
        if folder:
            Image.fromarray(np.vstack([photo, result.rgb])).save(folder / f"{Path(name).stem}.png")


def _time() -> None:
    photo = np.asarray(Image.open(SHARED / "photos" / SHARP_PHOTOS[0]).convert("RGB").resize((1216, 832)))
    restore_photo(photo[:64, :64])  # so that loading is not timed
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    restore_photo(photo)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"1 megapixel: {seconds:.2f} s, {cpu_seconds:.2f} s of the processor, {more:.0f} MB more memory")


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


def _scores(picture: Picture, truth: Picture) -> tuple[float, float, float]:
    """PSNR in dB, SSIM, and gradient energy as a share of the truth's."""
    return *quality(picture, truth), _gradient_energy(picture) / _gradient_energy(truth)


def _gradient_energy(picture: Picture) -> float:
    values = picture.astype(np.float64)
    return float((np.diff(values, axis=0) ** 2).mean() + (np.diff(values, axis=1) ** 2).mean())


def _unsharp_mask(picture: Picture, _: Disparity) -> Picture:
    return np.asarray(cv2.addWeighted(picture, 1.5, cv2.GaussianBlur(picture, (0, 0), 2.0), -0.5, 0), np.uint8)


def _ours(restoration: Restoration) -> Method:
    def run(picture: Picture, disparity: Disparity) -> Picture:
        return restore_photo(picture, disparity=disparity, restoration=restoration).rgb

    return run


METHODS: dict[str, Method] = {
    "Gaussian": lambda picture, _: np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4), np.uint8),
    "bilateral": lambda picture, _: np.asarray(cv2.bilateralFilter(picture, 5, 20, 2), np.uint8),
    "unsharp mask": _unsharp_mask,
    "careful": _ours("careful"),
    "full": _ours("full"),
}


if __name__ == "__main__":
    main()
