from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.core.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"REFOCUS_ENGINE": "", "REFOCUS_MAX_PIXELS": ""}) == Settings()


def test_each_variable_counts() -> None:
    settings = Settings.from_environment(
        {
            "REFOCUS_ENGINE": "thin-lens",
            "REFOCUS_MAX_PIXELS": "12_000_000",
            "REFOCUS_MODELS": "/data/weights",
            "REFOCUS_DEVICE": "cuda:1",
            "REFOCUS_DEPTH_MODEL": "apple/DepthPro-hf",
            "SPACES_ZERO_GPU": "true",
        }
    )
    assert settings == Settings(
        "thin-lens", 12_000_000, Path("/data/weights"), "cuda:1", depth_model="apple/DepthPro-hf", zero_gpu=True
    )


@pytest.mark.parametrize("text", ["many", "0", "-5", "1.5"])
def test_nonsense_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInput, match="REFOCUS_MAX_PIXELS"):
        Settings.from_environment({"REFOCUS_MAX_PIXELS": text})


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda1"])
def test_a_device_nobody_has_is_refused(device: str) -> None:
    with pytest.raises(BadInput, match="REFOCUS_DEVICE"):
        Settings.from_environment({"REFOCUS_DEVICE": device})


def test_revisions_are_read_by_repository() -> None:
    read_settings = Settings.from_environment({"REFOCUS_REVISIONS": "a/b@main, c/d.e@refs/pr/1"})
    assert read_settings.revisions == (("a/b", "main"), ("c/d.e", "refs/pr/1"))


@pytest.mark.parametrize("text", ["a/b", "a@main", "a/b@", "@main"])
def test_a_revision_without_repository_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="REFOCUS_REVISIONS"):
        Settings.from_environment({"REFOCUS_REVISIONS": text})


def test_memory_modes_are_separated_by_semicolons() -> None:
    assert Settings.from_environment({"REFOCUS_MEMORY": "small; 4-bit, model offload"}).memory == (
        "small", "4-bit, model offload",
    )  # fmt: skip
    assert Settings.from_environment({"REFOCUS_MEMORY": " "}).memory == ()


def test_visitors_of_a_space_start_no_downloads() -> None:
    assert Settings.from_environment({}).downloads
    assert not Settings.from_environment({"SPACE_ID": "owner/name"}).downloads
