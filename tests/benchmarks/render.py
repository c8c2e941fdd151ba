"""How good, fast and frugal the renderer is, beside simpler ones in the same run: python -m tests.benchmarks.render"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.optics import prepare_scene, render_focus, render_stack
from tests.benchmarks.hair_scenes import HairScene, brown_fur, dark_curls, fair_hair_before_lights
from tests.benchmarks.lens_rays import Truth
from tests.benchmarks.peers import blur_and_pick, blur_and_pick_srgb, copy_sharp, summed_layers
from tests.benchmarks.thin_scenes import fence_and_branches, net_and_leaves
from tests.benchmarks.truths import psnr_db, slanted_ground, thin_structures, traced_scene

Renderer = Callable[[Truth], Iterator[NDArray[np.float32]]]
_SPEED_SIZE = (1536, 1024)
_LARGE_PX = 1536
_RUNS = 3
_SOFT_SIGMA_PX = 1.2
_NOISE_COC_PX = 0.8


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared")
    parser.add_argument("--shared", type=Path, default=Path(default), help="folder that holds groundtruth/")
    parser.add_argument("--only", choices=("quality", "speed", "growth", "preview", "memory", "large"))
    asked = parser.parse_args()
    tables = {
        "quality": lambda: _print_quality(asked.shared),
        "speed": lambda: _print_speed(asked.shared),
        "growth": _print_growth,
        "preview": _print_preview,
        "memory": _print_memory,
        "large": _print_large,
    }
    for name, table in tables.items():
        if name == asked.only or (asked.only is None and name != "large"):  # which takes half an hour
            table()


def each_frame(peer: Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]) -> Renderer:
    """A renderer of stacks from one that takes the sharp picture and the CoC of each pixel."""

    def render(truth: Truth) -> Iterator[NDArray[np.float32]]:
        for focus in truth.focus_disparity:
            yield peer(truth.scene_linear, (truth.disparity - np.float32(focus)) * truth.coc_px_per_disparity)

    return render


def ours(quality: str, alpha: NDArray[np.float32] | None = None) -> Renderer:
    """Our renderer at a quality, with the matte of a nearer surface."""
    return lambda truth: render_stack(
        truth.scene_linear,
        truth.disparity,
        focus_disparity=truth.focus_disparity,
        coc_px_per_disparity=truth.coc_px_per_disparity,
        quality=quality,  # type: ignore[arg-type]
        alpha=alpha,
    )


def _with(change: Callable[[Truth], NDArray[np.float32]]) -> Renderer:
    """Our renderer with depth as real maps have it."""

    def render(truth: Truth) -> Iterator[NDArray[np.float32]]:
        return ours("standard")(replace(truth, disparity=change(truth)))

    return render


def soft_outlines(truth: Truth) -> NDArray[np.float32]:
    """Depth of a scene as networks and phones have it at outlines."""
    return cv2.GaussianBlur(truth.disparity, (0, 0), _SOFT_SIGMA_PX).astype(np.float32)


def noisy(truth: Truth) -> NDArray[np.float32]:
    """Depth of a scene with noise of 0.8 px of CoC."""
    noise = np.random.default_rng(0).normal(0, _NOISE_COC_PX / truth.coc_px_per_disparity, truth.disparity.shape)
    return truth.disparity + noise.astype(np.float32)


def scene_path(shared: Path, name: str) -> Path:
    """File of a scene of the reference data."""
    return shared / "groundtruth" / name / f"{name}.npz"


def _print_quality(shared: Path) -> None:
    truths = {name: traced_scene(scene_path(shared, name)) for name in ("S1", "S2", "S3")}
    truths |= {"thin": thin_structures(480, 5, 256), "slant": slanted_ground(480, 5, 256)}
    truths |= {"fence": fence_and_branches(), "net": net_and_leaves()}
    hair = {"curls": dark_curls(), "fur": brown_fur(), "fair": fair_hair_before_lights()}
    for name, scene in hair.items():
        truths |= {f"{name} in": scene.with_solid_hair(), f"{name} out": scene.without_strands()}
    alphas = {f"{name} {outline}": scene.alpha for name, scene in hair.items() for outline in ("in", "out")}
    rows: dict[str, Renderer] = {
        "copy the sharp picture": each_frame(copy_sharp),
        "blur and pick, sRGB": each_frame(blur_and_pick_srgb),
        "blur and pick, linear": each_frame(blur_and_pick),
        "layers with summed visibility": each_frame(summed_layers),
        "refocus, preview": ours("preview"),
        "refocus, standard": ours("standard"),
        "refocus, exact": ours("exact"),
        "standard, soft outlines of depth": _with(soft_outlines),
        "standard, noisy depth": _with(noisy),
    }
    print(f"{'PSNR [dB], mean over frames':32s}" + "".join(f"{name:>10s}" for name in truths))
    for label, renderer in rows.items():
        means = [_mean_psnr_db(renderer, truth) for truth in truths.values()]
        print(f"{label:32s}" + "".join(f"{mean:10.2f}" for mean in means), flush=True)
    matted = [
        f"{_mean_psnr_db(ours('standard', alphas[name]), truth):10.2f}" if name in alphas else f"{'-':>10s}"
        for name, truth in truths.items()
    ]
    print(f"{'standard, true matte given':32s}" + "".join(matted), flush=True)


def _print_large() -> None:
    """As the table of quality, of scenes traced at the size of a photo; what is done differently there."""
    scenes: dict[str, Callable[[int, int, int], Truth | HairScene]] = {
        "thin": thin_structures,
        "slant": slanted_ground,
        "net": net_and_leaves,
        "fair": fair_hair_before_lights,
    }
    print(f"{'PSNR [dB], mean over frames, ' + str(_LARGE_PX) + ' px':40s}" + "preview  standard     exact")
    for name, make in scenes.items():
        scene = make(_LARGE_PX, 3, 128)
        truth = scene if isinstance(scene, Truth) else scene.truth
        means = [_mean_psnr_db(ours(quality), truth) for quality in ("preview", "standard", "exact")]
        print(f"{name:37s}" + "".join(f"{mean:10.2f}" for mean in means), flush=True)


def _mean_psnr_db(renderer: Renderer, truth: Truth) -> float:
    return float(np.mean([psnr_db(a, b) for a, b in zip(renderer(truth), truth.frames_linear, strict=True)]))


def _print_speed(shared: Path) -> None:
    print(f"\n{'seconds a frame, 1536x1024, 9 frames, best of ' + str(_RUNS):48s}{'wall':>8s}{'CPU':>8s}")
    renderers = {"blur and pick, linear": each_frame(blur_and_pick), "refocus, standard": ours("standard")}
    for renderer in renderers.values():
        # So that nobody's time holds the loading of libraries.
        next(iter(renderer(traced_scene(scene_path(shared, "S1")))))
    for name in ("S1", "S2"):
        truth = _enlarged(traced_scene(scene_path(shared, name)))
        runs: dict[str, list[tuple[float, float]]] = {label: [] for label in renderers}
        for _ in range(_RUNS):
            for label, renderer in renderers.items():
                began, cpu_began = time.perf_counter(), time.process_time()
                count = sum(1 for _ in renderer(truth))
                runs[label].append(((time.perf_counter() - began) / count, (time.process_time() - cpu_began) / count))
        for label, seconds in runs.items():
            wall, cpu = (min(column) for column in zip(*seconds, strict=True))
            print(f"{name} {label:45s}{wall:8.2f}{cpu:8.2f}", flush=True)


def _enlarged(truth: Truth) -> Truth:
    factor = _SPEED_SIZE[0] / truth.scene_linear.shape[1]
    return Truth(
        cv2.resize(truth.scene_linear, _SPEED_SIZE, interpolation=cv2.INTER_LINEAR).astype(np.float32),
        cv2.resize(truth.disparity, _SPEED_SIZE, interpolation=cv2.INTER_NEAREST).astype(np.float32),
        truth.focus_disparity,
        truth.coc_px_per_disparity * factor,
        truth.frames_linear,
    )


def _made_up(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    random = np.random.default_rng(0)
    scene = cv2.resize(random.random((height // 8, width // 8, 3)), (width, height)).astype(np.float32)
    disparity = np.broadcast_to(np.linspace(0.0, 0.6, height, dtype=np.float32)[:, None], (height, width)).copy()
    cv2.circle(disparity, (width // 2, height // 2), height // 4, 1.0, -1)
    return scene, disparity


def _print_growth() -> None:
    print("\nCPU seconds a frame, prepared before; at 768x512 and a CoC of up to 6 % of the width unless said")
    for width in (384, 768, 1536):
        print(f"{width}x{width * 2 // 3}: {_frame_cpu_seconds(width, 0.06 * width):.3f}", flush=True)
    for coc_px in (12.0, 24.0, 48.0, 96.0):
        print(f"CoC up to {coc_px:3.0f} px: {_frame_cpu_seconds(768, coc_px):.3f}", flush=True)


def _frame_cpu_seconds(width: int, coc_px: float) -> float:
    scene, disparity = _made_up(width, width * 2 // 3)
    prepared = prepare_scene(scene, disparity, coc_px_per_disparity=coc_px)
    foci = (1.0, 0.5, 0.0)
    list(prepared.render_each(foci))
    began = time.process_time()
    list(prepared.render_each(foci))
    return (time.process_time() - began) / len(foci)


def _print_preview() -> None:
    scene, disparity = _made_up(512, 344)
    seconds = []
    for _ in range(12):
        began = time.perf_counter()
        render_focus(scene, disparity, focus_disparity=1.0, coc_px_per_disparity=0.06 * 512, quality="preview")
        seconds.append(time.perf_counter() - began)
    print(f"\npreview of a 512x344 picture: best {min(seconds) * 1e3:.0f} ms, median {np.median(seconds) * 1e3:.0f} ms")


def _print_memory() -> None:
    scene, disparity = _made_up(4240, 2832)
    began, cpu_began = time.perf_counter(), time.process_time()
    prepared = prepare_scene(scene, disparity, coc_px_per_disparity=0.06 * 4240)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    print(f"\n12 MP: {wall:.1f} s to prepare, once a stack (CPU {cpu:.1f} s)")
    for focus in (1.0, 0.5, 0.0):
        began, cpu_began = time.perf_counter(), time.process_time()
        prepared.render(focus)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        print(f"a frame focused on {focus:g}: {wall:.1f} s (CPU {cpu:.1f} s)")
    print(f"peak memory of the whole process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
