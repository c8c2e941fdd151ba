"""Fixtures every test may use."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in the app: torch's threads must not wait in busy loops

import pytest

from tests.two_planes import two_planes

__all__ = ["two_planes"]

_PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tensors as small as those of tiny models gain nothing from threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", autouse=True)
def _own_temporary_folder() -> Iterator[None]:
    """Give back the folder for temporary files: an app that is started in this process takes one of its own."""
    names = ("TMPDIR", "GRADIO_TEMP_DIR")
    before, folder = {name: os.environ.get(name) for name in names}, tempfile.tempdir
    yield
    tempfile.tempdir = folder
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(scope="session")
def assets() -> Path:
    """The example photographs that ship with the app."""
    return _PROJECT / "assets"


@pytest.fixture(scope="session")
def stream_photo() -> Path:
    """A photo of stones and leaves that is sharp all over."""
    return Path(__file__).with_name("data") / "stream.jpg"


@pytest.fixture(scope="session")
def tiny_video_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Video Diffusion folder of 2 MB with random weights; the pictures it makes are noise."""
    from tests.tiny_video import save_tiny_video  # brings torch and diffusers

    return save_tiny_video(tmp_path_factory.mktemp("models") / "tiny-video")


@pytest.fixture(scope="session")
def tiny_flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FLUX.1 folder with its LoRAs, 1 MB with random weights; the pictures it makes are noise."""
    from tests.tiny_flux import save_tiny_flux  # brings torch and diffusers

    return save_tiny_flux(tmp_path_factory.mktemp("models") / "tiny-flux")


@pytest.fixture(scope="session")
def tiny_clipseg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIPSeg folder of 0.1 MB with random weights; the masks it makes are noise."""
    from tests.tiny_clipseg import save_tiny_clipseg  # brings torch and transformers

    return save_tiny_clipseg(tmp_path_factory.mktemp("models") / "tiny-clipseg")


@pytest.fixture(scope="session")
def tiny_depth_anything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Depth Anything folder of 0.1 MB with random weights; what it sees is noise."""
    from tests.tiny_depth import save_tiny_depth_anything  # brings torch and transformers

    return save_tiny_depth_anything(tmp_path_factory.mktemp("models") / "tiny-depth-anything")


@pytest.fixture(scope="session")
def tiny_depth_pro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Depth Pro folder of 0.2 MB with random weights; what it sees is noise."""
    from tests.tiny_depth import save_tiny_depth_pro  # brings torch and transformers

    return save_tiny_depth_pro(tmp_path_factory.mktemp("models") / "tiny-depth-pro")
