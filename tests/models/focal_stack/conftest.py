"""Settings of every test of the video model."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _on_one_thread(one_thread: None) -> None:
    """On a busy machine threads wait ten times over for each other."""
