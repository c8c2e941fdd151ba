"""The app on ZeroGPU, with the real client of the package `spaces`, a server that answers it, and tiny models.

ZERO_GPU_PYTHON names another Python for the app, with a CUDA build of torch: see `tests/ui/space/cuda_environment`.
"""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.engines.generative.costs import estimate_flops as flux_flops
from refocus.engines.generative.model import GenerativeModel
from refocus.engines.video_diffusion.model import VideoModel
from refocus.models.focal_stack import memory as video_memory
from refocus.models.focal_stack.memory import estimate_flops as video_flops
from refocus.models.generative_refocus import memory as flux_memory
from refocus.models.runtime.shared_model import SharedModel
from tests.ui.running_app import PROJECT, free_port, running_app
from tests.ui.space.zero_gpu_server import ZeroGpu, zero_gpu

COMMAND = (os.environ.get("ZERO_GPU_PYTHON", sys.executable), "-m", "tests.ui.space.zero_gpu_app")
VISITOR = ".".join(["", base64.urlsafe_b64encode(b'{"user": "visitor"}').decode().rstrip("="), ""])


def space_environment(zero: ZeroGpu, home: Path) -> dict[str, str]:
    """The environment of a Space on ZeroGPU."""
    (home / "cgroup").write_text("0::/space\n")
    return {
        "SPACE_ID": "owner/refocus",
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": zero.url,
        "ZEROGPU_PROC_SELF_CGROUP_PATH": str(home / "cgroup"),
        "ZEROGPU_OFFLOAD_DIR": str(home / "tensors"),
        "HOME": str(home),
        "HF_HOME": str(home / "hub"),
        "PYTHONWARNINGS": "ignore:Error while reading infos from Nvidia driver FS",  # there is none
        "OMP_NUM_THREADS": "1",  # threads of OpenMP do not survive the fork that ZeroGPU makes
    }


@pytest.fixture(scope="module")
def zero() -> Iterator[ZeroGpu]:
    with zero_gpu() as server:
        yield server


@pytest.fixture(autouse=True)
def granted(zero: ZeroGpu) -> Iterator[None]:
    """Each test starts with free GPUs and no calls."""
    zero.answer = "granted"
    zero.free.clear()
    zero.calls.clear()
    yield
    zero.free.set()


@pytest.fixture(scope="module")
def space(
    zero: ZeroGpu, tmp_path_factory: pytest.TempPathFactory, tiny_video_model: Path, tiny_flux: Path
) -> Iterator[str]:
    """The Space with the weights of both diffusion engines."""
    home = tmp_path_factory.mktemp("space")
    models = home / "models"
    for owner, name, folder in (
        ("stabilityai", "stable-video-diffusion-img2vid", tiny_video_model),
        ("tedlasai", "learn2refocus/checkpoint-200000", tiny_video_model),
        ("black-forest-labs", "FLUX.1-dev", tiny_flux / "model"),
        ("nycu-cplab", "Genfocus-Model", tiny_flux / "lora"),
    ):
        place = models / owner / name
        place.parent.mkdir(parents=True)
        place.symlink_to(folder)
    environment = space_environment(zero, home) | {"REFOCUS_MODELS": str(models)}
    with running_app(home / "log.txt", COMMAND, PROJECT, **environment) as url:
        assert zero.started.is_set()
        yield url


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def visitor(space: str) -> Client:
    return Client(space, verbose=False, headers={"x-ip-token": VISITOR})


def refocus(visitor: Client, photo: Path, **options: object) -> dict[str, object]:
    *_, details = visitor.predict(handle_file(photo), api_name="/refocus", **options)
    return dict(details)


def test_without_weights_the_space_starts_and_reports(tmp_path: Path) -> None:
    with zero_gpu() as own:
        settings = {**os.environ, **space_environment(own, tmp_path), "GRADIO_SERVER_PORT": str(free_port())}
        process = subprocess.Popen(COMMAND, cwd=PROJECT, env=settings, stdout=subprocess.DEVNULL)
        try:
            while not own.started.wait(0.2):
                assert process.poll() is None
        finally:
            process.terminate()
            process.wait()


def test_spaces_comes_before_torch(tiny_video_model: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from refocus.core.settings import Settings; "
        "from refocus.ui.app.launch import build_app; "
        f"build_app(Settings(zero_gpu=True, device='cpu', models=Path({str(tiny_video_model)!r}))); "
        "loaded = list(sys.modules); print(loaded.index('spaces') < loaded.index('torch'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout.strip().endswith("True"), done.stderr


def test_a_run_asks_for_the_gpu_by_its_steps_and_gives_it_back(visitor: Client, photo: Path, zero: ZeroGpu) -> None:
    details = refocus(visitor, photo, engine="video-diffusion", steps=1)
    assert details["engine"] == "video-diffusion"
    (schedule,) = zero.asked("/schedule")
    assert schedule["token"] == VISITOR  # the visitor's own quota
    assert "gpuSize" not in schedule  # a large one is enough
    assert 15 < int(schedule["durationSeconds"]) <= 20
    assert zero.released.get(timeout=60)["fail"] == "false"
    assert zero.asked("/allow")


def test_each_picture_of_the_generative_engine_is_a_run_of_its_own(visitor: Client, photo: Path, zero: ZeroGpu) -> None:
    assert refocus(visitor, photo, engine="generative", steps=1, frames=3)["engine"] == "generative"
    assert len(zero.asked("/schedule")) == len(zero.asked("/release")) == 4  # the sharp picture and three frames


def test_a_visitor_reads_that_they_are_waiting(
    space: str, photo: Path, zero: ZeroGpu, open_page: Callable[..., Page]
) -> None:
    zero.answer = "queued"
    page = open_page(space, extra_http_headers={"x-ip-token": VISITOR})
    page.get_by_role("radio", name="Video diffusion").check()
    page.locator("#more").get_by_text("More").click()
    page.locator("#steps input[type=number]").fill("1")
    page.locator("#steps input[type=number]").press("Tab")
    page.set_input_files("#photo input[type=file]", photo)
    expect(page.get_by_text("Waiting for a GPU to become available")).to_be_visible(timeout=120_000)
    zero.free.set()
    expect(page.locator("#status")).to_contain_text("by Video diffusion", timeout=120_000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("quota", "You have exceeded your ZeroGPU quota .* vs. 12s left.* Try again in 3:00:00"),
        ("illegal", "is larger than the maximum allowed.* Choose fewer steps"),
        ("timeout", "No GPU of ZeroGPU became free within a minute"),
    ],
)
def test_a_refusal_says_why_and_offers_thin_lens(
    visitor: Client, photo: Path, zero: ZeroGpu, answer: str, reason: str
) -> None:
    zero.answer = answer
    zero.free.set()
    with pytest.raises(AppError, match=f"{reason}.*thin-lens engine needs no GPU"):
        refocus(visitor, photo, engine="video-diffusion", steps=1)
    assert not zero.asked("/allow")


def test_thin_lens_asks_for_no_gpu(visitor: Client, photo: Path, zero: ZeroGpu) -> None:
    assert refocus(visitor, photo, engine="thin-lens", frames=3)["engine"] == "thin-lens"
    assert zero.calls == []


def test_what_is_wrong_is_said_before_a_gpu_is_asked_for(visitor: Client, tmp_path: Path, zero: ZeroGpu) -> None:
    strip = tmp_path / "strip.png"
    Image.fromarray(np.zeros((64, 64 * 130, 3), np.uint8)).save(strip)
    with pytest.raises(AppError, match="too thin"):
        refocus(visitor, strip, engine="video-diffusion", steps=1)
    assert zero.calls == []


def test_visitors_cannot_start_a_download(visitor: Client, photo: Path) -> None:
    with pytest.raises(AppError, match="This Space has no Depth Anything V2 Small"):
        refocus(visitor, photo, engine="thin-lens", depth_source="model")


def test_two_visitors_at_once_get_what_each_alone_gets(space: str, photo: Path, zero: ZeroGpu) -> None:
    results: dict[int, object] = {}

    def run(seed: int) -> None:
        own = Client(space, verbose=False, headers={"x-ip-token": VISITOR})
        results[seed] = refocus(own, photo, engine="video-diffusion", steps=1, seed=seed)["seed"]

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {1: 1, 2: 2}
    assert len(zero.asked("/schedule")) == len(zero.asked("/release")) == 2


def gpu_seconds(model: SharedModel[Any, Any], flops: float) -> int:
    return model._max_gpu_seconds(SimpleNamespace(flops=flops))


def test_the_seconds_asked_for_follow_steps_and_pixels() -> None:
    video, flux = VideoModel(device=None, zero_gpu=True), GenerativeModel(device=None, zero_gpu=True)
    usual = gpu_seconds(video, video_flops(704, 704, steps=25))
    assert 30 <= usual <= 60
    assert gpu_seconds(video, video_flops(704, 704, steps=50)) > 1.5 * usual
    assert gpu_seconds(video, video_flops(512, 448, steps=25)) < 0.8 * usual
    picture = gpu_seconds(flux, flux_flops(1024, 768, 28))
    assert 60 <= picture <= 120
    assert (
        gpu_seconds(flux, flux_flops(1024, 768, 10))
        < 0.6 * picture
        < picture
        < gpu_seconds(flux, flux_flops(2048, 1536, 28))
    )


def test_a_large_gpu_holds_the_weights_of_both_engines_and_a_run_of_either() -> None:
    large_bytes = 101_973_950_464 // 2  # half of the card
    flux = flux_memory.estimate_memory(flux_memory.MODES[0], 4096, 3072)
    video = video_memory.estimate_memory(video_memory.MODES[0], 704, 704)
    assert flux.peak_bytes + sum(video.weight_bytes.values()) < large_bytes
    assert video.peak_bytes + sum(flux.weight_bytes.values()) < large_bytes
