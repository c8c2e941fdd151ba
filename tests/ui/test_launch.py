import pytest

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.ui import launch


def test_without_its_package_mcp_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None)
    with pytest.raises(BadInput) as caught:
        launch.serve(Settings(mcp=True))
    assert 'pip install "gradio[mcp]"' in caught.value.todo


def test_mcp_is_a_setting() -> None:
    assert Settings.from_environment({"REFOCUS_MCP": "1"}).mcp
    assert not Settings.from_environment({}).mcp
