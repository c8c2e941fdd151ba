"""The app's tools as an assistant sees them, over the Model Context Protocol."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ListToolsResult
from PIL import Image

from refocus.ui.security.upload_guard import refusal
from tests.ui.event_loop import run_apart
from tests.ui.running_app import running_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(tmp_path_factory.mktemp("app") / "log.txt", REFOCUS_MCP="1") as url:
        yield url


def ask(app: str, tool: str | None = None, **arguments: Any) -> Any:
    """What a tool answers; without one, the list of tools."""

    async def asked() -> CallToolResult | ListToolsResult:
        async with (
            streamable_http_client(f"{app}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await session.list_tools() if tool is None else await session.call_tool(tool, arguments)

    return run_apart(asked)


def photo() -> str:
    """A small photo as assistants may send one: a bright square on noise."""
    rgb = np.random.default_rng(1).integers(60, 120, (96, 128, 3)).astype(np.uint8)
    rgb[30:70, 40:80] += 100
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def test_every_tool_says_what_it_does_and_what_it_takes(app: str) -> None:
    tools = {tool.name: tool for tool in ask(app).tools}
    assert {"refocus", "prompt", "bokeh", "compare"} <= set(tools)
    for tool in tools.values():
        assert len(tool.description) > 20
        for name, parameter in tool.inputSchema["properties"].items():
            assert len(parameter["description"]) > 1, (tool.name, name)
    assert tools["refocus"].inputSchema["required"] == ["photo"]
    assert tools["compare"].inputSchema["required"] == ["photos"]
    assert "the phone's" in tools["refocus"].inputSchema["properties"]["depth_source"]["description"]


def test_an_assistant_understands_a_prompt_and_gets_its_picture(app: str) -> None:
    answer = ask(app, "prompt", prompt="focus on the dog, heart bokeh at f/1.4")
    assert "'aperture': 'heart'" in answer.content[0].text
    answer = ask(app, "bokeh", photo=photo(), prompt="blur the background, f/2")
    assert not answer.isError, answer
    said = " ".join(getattr(part, "text", "") for part in answer.content)
    assert "_bokeh.png" in said
    assert "thin-lens" in said


def test_an_assistant_compares_photos(app: str) -> None:
    answer = ask(app, "compare", photos=[photo()], engines=["thin-lens"], long_side=256)
    assert not answer.isError, answer
    text = " ".join(getattr(part, "text", "") for part in answer.content)
    assert "_compared.png" in text
    assert "thin-lens" in text


def test_what_is_wrong_is_told_to_the_assistant(app: str) -> None:
    answer = ask(app, "refocus", photo="data:image/png;base64,bm8gcGhvdG8=")
    assert answer.isError
    assert "is not a photo that can be read" in answer.content[0].text


def test_an_assistant_cannot_name_a_file_of_the_server(app: str, tmp_path: Path) -> None:
    there = tmp_path / "holiday.png"
    there.write_bytes(base64.b64decode(photo().split(",")[1]))
    refusals = [_told_of(app, str(path)) for path in (there, tmp_path / "nothing.png")]
    assert refusals[0] == refusals[1]  # nobody learns what there is
    assert str(refusal()) in refusals[0][0]


def _told_of(app: str, path: str) -> list[str]:
    """What the tools say of a path in each of their places, without the path itself."""
    as_file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    tried: list[tuple[str, dict[str, Any]]] = [
        ("bokeh", {"photo": path, "prompt": "f/2"}),
        ("bokeh", {"photo": as_file, "prompt": "f/2"}),
        ("bokeh", {"photo": photo(), "prompt": "f/2", "depth": as_file}),
        ("bokeh", {"photo": photo(), "prompt": as_file}),
        ("refocus", {"photo": as_file}),
        ("compare", {"photos": [as_file]}),
        ("prompt", {"prompt": as_file}),
    ]
    answers = [ask(app, tool, **arguments) for tool, arguments in tried]
    assert all(answer.isError for answer in answers)
    return [answer.content[0].text.replace(path, "PATH") for answer in answers]


def test_an_assistant_cannot_have_inner_addresses_fetched(app: str) -> None:
    for address in (f"{app}/config", "http://169.254.169.254/latest/", "https://10.0.0.1/x.png"):
        answer = ask(app, "bokeh", photo=address, prompt="f/2")
        assert answer.isError
        assert str(refusal()) in answer.content[0].text
