"""The YAML header of README.md, which configures the Space."""

from typing import Any

import yaml

from tests.ui.running_app import PROJECT


def space_header() -> dict[str, Any]:
    """Its fields."""
    _, header, _ = (PROJECT / "README.md").read_text("utf-8").split("---\n", 2)
    fields: dict[str, Any] = yaml.safe_load(header)
    return fields
