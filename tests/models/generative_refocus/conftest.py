"""The tiny FLUX of the parity kit and its cases."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from refocus.models import GenerativeRefocusPipeline
from tests.models.generative_refocus.recorded_case import Case
from tests.reference import reference


@pytest.fixture(scope="session")
def kit() -> Path:
    return reference("parity/genfocus")


@pytest.fixture(scope="session")
def pipeline(kit: Path) -> GenerativeRefocusPipeline:
    """Used by many tests; none may change it."""
    return load_tiny(kit)


@pytest.fixture
def own_pipeline(kit: Path) -> GenerativeRefocusPipeline:
    """For tests that change it."""
    return load_tiny(kit)


def load_tiny(kit: Path) -> GenerativeRefocusPipeline:
    return GenerativeRefocusPipeline.from_pretrained(
        kit / "model", deblur_lora=kit / "lora" / "deblurNet.safetensors", bokeh_lora=kit / "lora"
    )


@pytest.fixture(scope="session")
def load_case() -> Callable[[str], Case]:
    def load(name: str) -> Case:
        folder = reference(f"parity/genfocus/cases/{name}")
        return Case(folder, json.loads((folder / "case.json").read_text()), load_file(folder / "tensors.safetensors"))

    return load
