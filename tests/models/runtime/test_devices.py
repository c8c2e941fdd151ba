import subprocess
import sys
from pathlib import Path

import pytest
import torch

from refocus.core import EngineNotReady
from refocus.models.runtime.devices import (
    cores,
    cpu_seconds,
    find_device,
    format_duration,
    free_bytes,
    likely_device,
    missing_package,
    model_dtype,
)

CPU = torch.device("cpu")


def test_the_device_of_the_settings_is_used() -> None:
    assert likely_device("cpu", zero_gpu=False) == "cpu"
    assert likely_device("cuda:1", zero_gpu=False) == "cuda:1"
    assert find_device("cpu", zero_gpu=False) == CPU


def test_zero_gpu_counts_as_a_gpu() -> None:
    assert likely_device(None, zero_gpu=True) == "cuda"
    assert find_device(None, zero_gpu=True) == torch.device("cuda")


def test_the_likely_device_agrees_with_torch() -> None:
    sure = find_device(None, zero_gpu=False)
    assert likely_device(None, zero_gpu=False) == sure.type


def test_the_likely_device_imports_nothing_heavy() -> None:
    code = (
        "import sys; from refocus.models.runtime.devices import likely_device, missing_package;"
        "likely_device(None, zero_gpu=False); missing_package();"
        "print(sorted({'torch', 'diffusers', 'transformers', 'accelerate'} & set(sys.modules)))"
    )
    project = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=project, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(EngineNotReady, match="REFOCUS_DEVICE is cuda") as caught:
        find_device("cuda", zero_gpu=False)
    assert "REFOCUS_DEVICE=cpu" in caught.value.todo


def test_a_processor_computes_in_32_bits() -> None:
    assert model_dtype(CPU) == torch.float32
    assert free_bytes(CPU) > 0


def test_nothing_is_missing_where_these_tests_run() -> None:
    assert missing_package() is None


def test_twice_the_work_takes_twice_the_time() -> None:
    assert cores() >= 1
    assert cpu_seconds(2e12) == pytest.approx(2 * cpu_seconds(1e12))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "a few seconds"), (60, "about a minute"), (200, "about 3 minutes"), (18_000, "about 5 hours")],
)
def test_durations_are_rounded_in_words(seconds: float, said: str) -> None:
    assert format_duration(seconds) == said
