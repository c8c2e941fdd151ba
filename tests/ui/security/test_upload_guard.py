"""The check of files by itself: what needs no server, and downloads from one of our own."""

import base64
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio import processing_utils
from gradio.components import Component
from PIL import Image

from refocus.core import BadInput
from refocus.ui.photo.photo_input import PhotoInput, ShownPhoto
from refocus.ui.security.upload_guard import GuardedBlocks
from tests.ui.event_loop import run_apart

META = {"_type": "gradio.FileData"}


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def page(uploads: Path) -> GuardedBlocks:
    with GuardedBlocks(lambda upload, session: None) as blocks:
        photo, maps = PhotoInput(type="filepath", image_mode=None), gr.File(file_count="multiple")
        preview = PhotoInput(type="filepath", image_mode=None)
        kept = gr.Image(type="filepath")  # a result: no event takes it in
        gr.Button().click(lambda photo, maps: (photo, maps), [photo, maps], [preview, maps])
        gr.Button().click(lambda photo: (photo, photo), [preview], [preview, kept])
    return blocks


def taken(page: GuardedBlocks, *values: Any, event: int = 0) -> list[Any]:
    """What an event's function gets."""
    return run_apart(page.preprocess_data, page.fns[event], list(values), None)


def shown(page: GuardedBlocks, *values: Any, event: int = 0) -> list[Any]:
    """What the browser gets of an event's results."""
    return run_apart(page.postprocess_data, page.fns[event], list(values), None)


def uploaded(page: GuardedBlocks, uploads: Path, name: str = "photo.png") -> str:
    """As gradio's upload route leaves a file."""
    path = uploads / "abc" / name
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (70, 80), "red").save(path)
    page.upload_file_set.add(str(path))
    return str(path)


def test_uploads_reach_the_function_as_they_are(page: GuardedBlocks, uploads: Path) -> None:
    path = uploaded(page, uploads)
    assert taken(page, {"path": path}, None) == [path, None]
    assert taken(page, {"path": path, "url": "http://127.0.0.1/other.png", "meta": META}, [{"path": path}]) == [
        path,
        [path],
    ]
    assert taken(page, None, {"path": path}) == [None, [path]]


def test_an_empty_control_gives_nothing(page: GuardedBlocks) -> None:
    removed = "http://127.0.0.1:7860/gradio_api/file=/tmp/just-removed.png"
    for empty in (None, {"path": None, "url": None}, {"path": None, "url": removed}, {"path": "", "url": ""}):
        assert taken(page, empty, []) == [None, None]


def test_a_webcams_picture_becomes_a_file_with_the_same_bytes(page: GuardedBlocks, uploads: Path) -> None:
    sent = Path(uploaded(page, uploads)).read_bytes()
    address = "data:image/png;base64," + base64.b64encode(sent).decode()
    photo, _ = taken(page, {"path": None, "url": address}, None)
    assert Path(photo).read_bytes() == sent
    assert Path(photo).suffix == ".png"


def test_an_upload_that_is_gone_is_refused_as_if_it_had_never_been(page: GuardedBlocks, uploads: Path) -> None:
    path = uploaded(page, uploads)
    Path(path).unlink()
    with pytest.raises(BadInput) as gone:
        taken(page, {"path": path}, None)
    with pytest.raises(BadInput) as never:
        taken(page, {"path": str(uploads / "abc" / "never.png")}, None)
    assert str(gone.value) == str(never.value)


def test_a_link_that_takes_the_place_of_an_upload_leads_nowhere(
    page: GuardedBlocks, uploads: Path, tmp_path: Path
) -> None:
    path = Path(uploaded(page, uploads))
    elsewhere = tmp_path / "private.png"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(BadInput):
        taken(page, {"path": str(path)}, None)


def test_what_a_control_is_given_to_show_may_come_back_from_it_and_a_result_may_not(
    page: GuardedBlocks, tmp_path: Path
) -> None:
    mine, result = tmp_path / "preview.jpg", tmp_path / "result.png"
    Image.new("RGB", (70, 80), "red").save(mine)
    Image.new("RGB", (70, 80), "blue").save(result)
    preview, kept = shown(page, str(mine), str(result), event=1)
    assert taken(page, preview, event=1) == [preview["path"]]
    assert Path(kept["path"]).is_file()
    with pytest.raises(BadInput):
        taken(page, kept, event=1)


def test_a_preview_comes_back_as_the_photo_that_it_shows(page: GuardedBlocks, uploads: Path, tmp_path: Path) -> None:
    path, preview = uploaded(page, uploads, "cat.png"), tmp_path / "preview.jpg"
    Image.new("RGB", (70, 80), "red").save(preview)
    page.upload_file_set.add(str(preview))
    (value, _) = shown(page, ShownPhoto(path, preview), None)
    assert Path(value["path"]).name == "preview.jpg"
    assert taken(page, value, event=1) == [path]
    again = uploaded(page, uploads, "again.png")  # after a restart, the page sends the photo anew
    assert taken(page, {**value, "path": "/gone/preview.jpg", "orig_name": again}, event=1) == [again]


def test_an_example_can_be_opened_after_a_restart(uploads: Path, tmp_path: Path) -> None:
    example = tmp_path / "drum.png"
    Image.new("RGB", (70, 80), "red").save(example)
    with GuardedBlocks(lambda upload, session: None, examples=[example]) as page:
        photo = PhotoInput(type="filepath", image_mode=None)
        gr.Button().click(lambda photo: photo, [photo], [photo])
    gone = {"path": "/gone/drum.png", "orig_name": ShownPhoto(str(example), example=True).source, "meta": META}
    (path,) = taken(page, gone)
    assert Path(path).read_bytes() == example.read_bytes()
    assert Path(path).is_relative_to(uploads)
    with pytest.raises(BadInput):
        taken(page, {**gone, "orig_name": "example/none.png"})


@pytest.mark.parametrize("name", [7, ["a"], {"path": "a"}, None, "cat.png"])
def test_any_other_name_of_a_file_makes_no_difference(page: GuardedBlocks, uploads: Path, name: object) -> None:
    path = uploaded(page, uploads)
    assert taken(page, {"path": path, "orig_name": name, "meta": META}, None) == [path, None]


def test_a_call_without_all_values_is_told_how_many_it_needs(page: GuardedBlocks) -> None:
    with pytest.raises(BadInput, match="has 1 values, but needs 2"):
        taken(page, None)


@pytest.mark.parametrize("value", [256, 4096, float("nan")])
def test_a_number_out_of_range_is_said_with_its_name_and_range(uploads: Path, value: float) -> None:
    with GuardedBlocks(lambda upload, session: None) as page:
        side = gr.Slider(512, 2048, label="Long side")
        gr.Button().click(lambda side: side, [side], [side])
    assert taken(page, 600) == [600]
    with pytest.raises(BadInput, match=rf"Long side is {value:g}\. Give 512 to 2048\."):
        taken(page, value)


def test_one_value_for_a_list_is_said_with_its_name(uploads: Path) -> None:
    with GuardedBlocks(lambda upload, session: None) as page:
        blurs = gr.Dropdown(["0.2", "0.4"], multiselect=True, allow_custom_value=True, label="Blur strengths")
        gr.Button().click(lambda blurs: blurs, [blurs], [blurs])
    assert taken(page, ["0.2"]) == [["0.2"]]
    with pytest.raises(BadInput, match="Blur strengths takes a list"):
        taken(page, 7)


def test_python_that_calls_the_app_names_its_own_files(page: GuardedBlocks, tmp_path: Path) -> None:
    path = tmp_path / "own.png"
    Image.new("RGB", (70, 80), "red").save(path)
    given = [{"path": str(path), "meta": META}, None]
    photo, _ = run_apart(page.preprocess_data, page.fns[0], given, None, True)
    assert Path(photo).read_bytes() == path.read_bytes()


@pytest.fixture
def picture_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An https:// server with one picture, photo.png; its address."""
    served = tmp_path / "served"
    served.mkdir()
    Image.new("RGB", (70, 80), "red").save(served / "photo.png")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(served))

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    yield f"https://localhost:{server.server_port}"
    server.shutdown()


def test_a_public_address_is_fetched_by_gradios_guarded_download(
    page: GuardedBlocks, uploads: Path, picture_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{picture_server}/photo.png"
    with pytest.raises(BadInput):  # this computer's own server is not public
        taken(page, {"path": address}, None)
    monkeypatch.setattr(processing_utils, "PUBLIC_HOSTNAME_WHITELIST", ["localhost"])  # as if it were
    for value in ({"path": address}, {"path": address, "url": address, "orig_name": "photo.png", "meta": META}):
        photo, _ = taken(page, value, None)
        assert Path(photo).is_relative_to(uploads)
        with Image.open(photo) as picture:
            assert picture.size == (70, 80)
    with pytest.raises(BadInput):
        taken(page, {"path": f"{picture_server}/nothing.png"}, None)


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (gr.Slider(0, 1), "fast"),
        (gr.Slider(0, 1), 7),
        (gr.Slider(0, 1), None),
        (gr.Dropdown(["a"]), "b"),
        (gr.Dropdown(["a"]), {}),
        (gr.Radio(["a"]), "b"),
        (gr.CheckboxGroup(["a"]), ["b"]),
        (gr.CheckboxGroup(["a"]), 3),
    ],
)
def test_a_value_that_its_control_cannot_have_is_refused_and_nothing_printed(
    uploads: Path, component: Component, value: object
) -> None:
    with GuardedBlocks(lambda upload, session: None) as blocks:
        component.render()
        gr.Button().click(lambda value: None, [component])
    with pytest.raises((BadInput, gr.Error)) as caught:
        taken(blocks, value)
    assert not getattr(caught.value, "print_exception", False)
