"""Programs find the endpoints they call: names, parameters, types and defaults, as the running app tells them."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.running_app import running_app

EXPECTED = json.loads(Path(__file__).with_name("api.json").read_text())


def described(endpoint: dict[str, Any]) -> dict[str, Any]:
    """Parameters in their order with type and default; types of what comes back. Labels are prose and left out."""
    parameters = {}
    for entry in endpoint["parameters"]:
        parameters[entry["parameter_name"]] = {"type": entry["python_type"]["type"]}
        if entry["parameter_has_default"]:
            parameters[entry["parameter_name"]]["default"] = entry["parameter_default"]
    return {"parameters": parameters, "returns": [entry["python_type"]["type"] for entry in endpoint["returns"]]}


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("app")
    no_weights = str(folder / "hub")  # engines that are ready are defaults
    with running_app(folder / "log.txt", HF_HOME=no_weights, REFOCUS_MODELS="", REFOCUS_ENGINE="") as url:
        with urllib.request.urlopen(f"{url}/gradio_api/info") as answer:
            endpoints = json.load(answer)["named_endpoints"]
        yield {name: described(endpoint) for name, endpoint in endpoints.items()}


def test_the_endpoints(endpoints: dict[str, Any]) -> None:
    assert list(endpoints) == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_signature(endpoints: dict[str, Any], name: str) -> None:
    assert endpoints[name] == EXPECTED[name]
    assert list(endpoints[name]["parameters"]) == list(EXPECTED[name]["parameters"])  # they may be given by place
