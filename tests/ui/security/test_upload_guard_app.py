"""Which files come in, tried with plain HTTP at the real app: what was uploaded, and nothing else of the server."""

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from refocus.ui.security.upload_guard import refusal
from tests.ui.raw_http import Call, RawApp
from tests.ui.running_app import PROJECT

REFUSED = str(refusal())
META = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def raw(app: str) -> RawApp:
    return RawApp(app)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small photo that nobody has uploaded yet."""
    path = tmp_path_factory.mktemp("private") / "holiday.png"
    rgb = np.random.default_rng(5).integers(60, 120, (96, 128, 3)).astype(np.uint8)
    rgb[30:70, 40:80] += 100
    Image.fromarray(rgb).save(path)
    return path


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "depth.npy"
    np.save(path, np.linspace(0, 1, 96 * 128, dtype=np.float32).reshape(96, 128))
    return path


@pytest.fixture(scope="module")
def result(raw: RawApp, photo: Path) -> str:
    """A picture that the app made for somebody else."""
    kind, outputs = raw.call("bokeh", {"photo": {"path": raw.upload(photo)}, "prompt": "f/2"}, version="/v2")
    assert kind == "complete"
    return outputs[0]["path"]


@pytest.fixture(scope="module")
def inner_server() -> Iterator[tuple[str, list[str]]]:
    """A server that only this computer reaches: its address without the scheme, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", asked
    server.shutdown()


@pytest.fixture(scope="module")
def foreign(raw: RawApp, photo: Path, result: str, inner_server: tuple[str, list[str]]) -> dict[str, str]:
    """What nobody may have opened, by what it is."""
    uploaded = Path(raw.upload(PROJECT / "assets" / "drum.jpg"))
    link = photo.with_name("link.png")
    link.symlink_to(uploaded)
    return {
        "a file": str(photo),
        "nothing": str(photo.with_name("nothing.png")),
        "a folder": str(photo.parent),
        "the folder of uploads": str(uploaded.parents[1]),
        "a result": result,
        "a way round": f"{uploaded.parent}/../../../../../../{photo}",
        "a way round to an upload": f"{uploaded.parent}/../{uploaded.parent.name}/{uploaded.name}",
        "a link": str(link),
        "the process": "/proc/self/environ",
        "the app's code": str(PROJECT / "app.py"),
        "a relative path": "app.py",
        "a file address": f"file://{photo}",
        "this computer": f"http://{inner_server[0]}/secret.png",
        "this computer, https": f"https://{inner_server[0]}/secret.png",
        "the app itself": f"{raw.http.base_url}/gradio_api/file={uploaded}",
        "a cloud's secrets": "http://169.254.169.254/latest/meta-data/",
        "a cloud's secrets, https": "https://169.254.169.254/latest/meta-data/",
        "a private network": "https://10.0.0.1/x.png",
        "every address": "https://0.0.0.0/x.png",
        "public, not https": "http://93.184.215.14/x.png",
        "text as data": "data:text/plain,hello",
        "broken data": "data:image/png;base64,?",
    }


def written_in_all_ways(source: str) -> list[Any]:
    return [
        {"path": source, "meta": META},
        {"path": source},
        source,
        {"url": source},
        {"path": None, "url": source, "meta": META},
        {"path": source, "meta": META, "is_stream": True},
        {"path": source, "meta": None},
        {"path": source, "url": "data:image/png;base64,AAAA", "orig_name": source, "meta": META},
        {"path": [source], "meta": META},
        {"path": {"path": source, "meta": META}, "meta": META},
        {"value": {"path": source, "meta": META}},
        {"file": {"path": source}},
        [[{"path": source, "meta": META}]],
    ]


ODD = [7, 1.5, True, [3], [[]], "x", {"path": 7}, {"path": ["a"]}, {"path": True}, {"meta": META, "path": {}}]


def test_a_file_of_the_server_is_no_photo(raw: RawApp, photo: Path) -> None:
    given = [{"path": str(photo)}, "thin-lens", 0, 3, "circle", 1024, True, "built-in", None, "disparity"]
    given += [0, None, False, 1.5, 0, False, None, None, None]
    kind, answer = raw.call("refocus", given)
    assert kind == "error"
    assert answer["error"] == REFUSED


def test_every_file_input_of_every_endpoint_and_event_refuses_what_was_not_uploaded(
    raw: RawApp, foreign: dict[str, str], inner_server: tuple[str, list[str]]
) -> None:
    few = ("a file", "nothing", "a result", "this computer")
    calls = []
    for event in raw.events:
        for place in raw.file_inputs(event):
            for what in few:
                for value in written_in_all_ways(foreign[what])[:3]:
                    data = raw.start_values(event)
                    data[place] = value
                    calls.append(Call(event, data, (event["api_name"], place, value)))
    assert len(calls) > 200  # all of them were seen
    for call, answer in raw.events_at_once(calls):
        assert answer["output"].get("error") == REFUSED, (call.what, answer)
    assert inner_server[1] == []


def test_no_way_of_writing_it_makes_a_difference(
    raw: RawApp, foreign: dict[str, str], inner_server: tuple[str, list[str]]
) -> None:
    position = next(event for event in raw.events if event["api_name"] == "_same_photo")  # quick: it only names files
    hostile = [(what, value) for what, source in foreign.items() for value in written_in_all_ways(source)]
    named = [*hostile, *(("odd", value) for value in ODD)]
    answers = raw.events_at_once(Call(position, [value]) for _, value in named)
    for (what, value), (_, answer) in zip(named, answers, strict=True):
        if what == "the app itself" and isinstance(value, dict) and "url" in value and not value.get("path"):
            assert answer["output"]["data"] == [None]  # so an emptied control may look: no file, and none is read
            continue
        assert answer["output"].get("error") == REFUSED, (what, value, answer)
        assert not answer["success"]
    assert inner_server[1] == []


def test_every_other_input_of_every_endpoint_and_event_takes_no_file(raw: RawApp, foreign: dict[str, str]) -> None:
    calls = []
    for event in raw.events:
        files = raw.file_inputs(event)
        for place, part in enumerate(event["inputs"]):
            if place in files or raw.components[part]["type"] == "state":
                continue
            data = raw.start_values(event)
            data[place] = {"path": foreign["a file"], "meta": META}
            calls.append(Call(event, data, (event["api_name"], place)))
    for call, answer in raw.events_at_once(calls):
        assert answer["output"].get("error") == REFUSED, (call.what, answer)


def test_an_events_own_data_names_no_file_of_the_server(raw: RawApp, foreign: dict[str, str]) -> None:
    carried = {
        what: {"index": 0, "file": {"path": foreign[what], "meta": META}} for what in ("a file", "nothing", "a result")
    }
    calls = [
        Call(event, raw.start_values(event), (event["api_name"], what), {"event_data": data})
        for event in raw.events
        for what, data in carried.items()
    ]
    for call, answer in raw.events_at_once(calls):
        assert answer["output"].get("error") == REFUSED, (call.what, answer)


@pytest.mark.parametrize("carried", [None, {}, "index", [0], {"index": "x", "made": 3, "position": None, "strokes": 5}])
def test_an_event_without_what_it_should_carry_gets_one_sentence(raw: RawApp, carried: object) -> None:
    opening = next(event for event in raw.events if event["api_name"] == "open_page")
    assert raw.event(opening, raw.start_values(opening), "page")["success"]  # a page; opened again with a result
    with_data = [event for event in raw.events if event["collects_event_data"]]
    assert len(with_data) > 10
    for event in with_data:
        answer = raw.event(event, raw.start_values(event), "page", event_data=carried)
        sentence = answer["output"].get("error")
        assert sentence, (event["api_name"], answer)
        assert "unexpected" not in sentence, event["api_name"]  # what was printed is looked at when the app ends


def test_a_deeply_nested_value_gets_one_sentence(raw: RawApp) -> None:
    deep = json.loads("[" * 400 + "]" * 400)  # an answer that repeats it could not be written
    marked = next(event for event in raw.events if event["api_name"] == "_marked_in_viewer")
    same = next(event for event in raw.events if event["api_name"] == "_same_photo")
    for answer in (
        raw.event(marked, raw.start_values(marked), event_data={"points": deep}),
        raw.event(same, [deep]),
    ):
        assert answer["output"]["error"] == "A value of the call is nested too deeply. Send another."


def test_calls_past_the_queue_are_checked_too(raw: RawApp, foreign: dict[str, str]) -> None:
    for event in raw.events:
        for path in ("run", "api"):
            for what in ("a file", "nothing") if raw.file_inputs(event) else ():
                data = raw.start_values(event)
                for place in raw.file_inputs(event):
                    data[place] = {"path": foreign[what]}
                body = {"fn_index": event["id"], "data": data, "session_hash": "someone"}
                answer = raw.http.post(f"/gradio_api/{path}/{event['api_name']}", json=body)
                # Queued events cannot be called past the queue at all.
                assert answer.status_code == 404 or answer.json()["error"] == REFUSED, (event["api_name"], path, what)


def test_named_calls_with_named_parameters_are_checked_too(raw: RawApp, foreign: dict[str, str]) -> None:
    for name, parameter in (("refocus", "photo"), ("bokeh", "photo"), ("compare", "photos")):
        for what in ("a file", "nothing", "a result"):
            one = {"path": foreign[what], "meta": META}
            given = {parameter: [one] if name == "compare" else one} | ({"prompt": "f/2"} if name == "bokeh" else {})
            kind, answer = raw.call(name, given, version="/v2")
            assert kind == "error"
            assert answer["error"] == REFUSED


def test_no_component_runs_code_for_strangers(raw: RawApp, foreign: dict[str, str]) -> None:
    for part in raw.components:
        for function in ("ls", "preprocess", "accept_blobs", "postprocess", "load"):
            body = {"session_hash": "a", "component_id": part, "fn_name": function, "data": foreign["a file"]}
            assert raw.http.post("/gradio_api/component_server", json=body).status_code == 404


def test_the_file_route_gives_uploads_and_results_and_nothing_else(
    raw: RawApp, photo: Path, result: str, foreign: dict[str, str]
) -> None:
    uploaded = raw.upload(photo)
    for path in (uploaded, result):
        assert raw.http.get(f"/gradio_api/file={path}").status_code == 200
    own = {"a result", "a way round to an upload", "a link"}  # each leads to what is given out anyway
    answers = set()
    for what, source in foreign.items():
        if what in own:
            continue
        for address in (f"/gradio_api/file={source}", f"/gradio_api/file/{source}", f"/gradio_api/proxy={source}"):
            answer = raw.http.get(address)
            assert answer.status_code in {400, 403, 404}, (what, address)
            answers.add(answer.text.replace(source, "").replace(source.lstrip("/"), ""))
    folder = Path(result).parents[1]
    listed = [folder, folder.parent, PROJECT / "refocus", PROJECT / "README.md", "/etc/passwd"]
    assert {raw.http.get(f"/gradio_api/file={path}").status_code for path in listed} == {403}
    assert raw.http.get("/static/%2e%2e/%2e%2e/app.py").status_code in {403, 404}


def test_results_lie_where_nobody_can_guess_and_other_folders_are_out_of_reach(
    raw: RawApp, result: str, tmp_path: Path
) -> None:
    root = next(folder for folder in Path(result).parents if folder.name.startswith("refocus-app-"))
    assert len(Path(result).relative_to(root).parts[0]) >= 16  # of random hexadecimal digits
    for parent in (tmp_path, root.with_name(f"{root.name}-of-another-app")):
        parent.mkdir(exist_ok=True)
        hidden = parent / "frame_00.png"
        hidden.write_bytes(Path(result).read_bytes())
        status = raw.http.get(f"/gradio_api/file={hidden}").status_code
        shutil.rmtree(parent)
        assert status == 403


def test_two_sessions_do_not_share_a_folder_name_that_can_be_guessed(raw: RawApp, photo: Path) -> None:
    folder = Path(raw.upload(photo)).parent
    assert len(folder.name) >= 32
    assert folder.parent.name.startswith("refocus-app-")


def test_what_was_uploaded_is_taken_in_every_way_programs_write_it(raw: RawApp, photo: Path, depth: Path) -> None:
    path = raw.upload(photo)
    for value in ({"path": path}, {"path": path, "meta": META}, {"path": path, "orig_name": "x.png", "meta": META}):
        kind, outputs = raw.call("bokeh", {"photo": value, "prompt": "f/2"}, version="/v2")
        assert kind == "complete", outputs
    map_ = {"path": raw.upload(depth), "meta": META}
    kind, outputs = raw.call("bokeh", {"photo": {"path": path}, "prompt": "f/2", "depth": map_}, version="/v2")
    assert kind == "complete", outputs


def test_data_in_the_request_is_taken_as_it_is(raw: RawApp, photo: Path) -> None:
    address = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    for value in ({"url": address}, {"path": None, "url": address, "meta": META}, {"path": address, "meta": META}):
        kind, outputs = raw.call("bokeh", {"photo": value, "prompt": "f/2"}, version="/v2")
        assert kind == "complete", outputs


def test_an_example_can_be_named(raw: RawApp) -> None:
    example = {"path": str(PROJECT / "assets" / "drum.jpg"), "meta": META}
    kind, outputs = raw.call("bokeh", {"photo": example, "prompt": "f/2", "long_side": 512}, version="/v2")
    assert kind == "complete", outputs


def test_the_official_client_uploads_a_file_and_hands_on_no_inner_address(
    app: str, photo: Path, foreign: dict[str, str]
) -> None:
    client = Client(app, verbose=False)
    picture, _ = client.predict(handle_file(photo), "f/2", api_name="/bokeh")
    assert Path(picture).is_file()
    with pytest.raises(Exception, match="Only uploaded files"):
        client.predict(handle_file(foreign["this computer"]), "f/2", api_name="/bokeh")
