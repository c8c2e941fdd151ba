"""Which requests the server answers, and the headers it binds browsers with: plain HTTP at the real app."""

import errno
import json
import math
import os

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from refocus.ui.app import launch
from refocus.ui.security.http_policy import MALFORMED, HttpPolicy, content_security_policy, is_loopback
from tests.ui.event_loop import run_apart

JSON = {"Content-Type": "application/json"}
HAND_OVER = {"data": ["f/2"]}


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers every request."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})


def asked(method: str, host: str = "app.example", path: str = "/", **headers: str) -> int:
    """The status of an app that anyone may reach; headers are written with _ for -."""
    return _status(HttpPolicy(everything), method, host, path, headers)


def asked_at_home(host: str) -> int:
    """The status of an app that listens on a loopback address."""
    return _status(HttpPolicy(everything, hosts=frozenset({"proxy.example"})), "GET", host, "/", {})


def _status(policy: HttpPolicy, method: str, host: str, path: str, headers: dict[str, str]) -> int:
    async def ask() -> int:
        transport = httpx.ASGITransport(policy)
        async with httpx.AsyncClient(transport=transport, base_url="http://any") as client:
            sent = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
            return (await client.request(method, path, headers=sent)).status_code

    return int(run_apart(ask))


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/nothing"])
def test_every_answer_binds_the_browser(app: str, path: str) -> None:
    answer = httpx.get(f"{app}{path}")
    assert answer.headers["x-content-type-options"] == "nosniff"
    rules = answer.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in rules


def test_a_page_loads_from_its_own_address_alone() -> None:
    def elsewhere(on_space: bool) -> set[str]:
        rules = content_security_policy(on_space=on_space).split("; ")
        return {
            source
            for rule in rules
            for source in rule.split()[1:]
            if not rule.startswith("frame-ancestors") and (source.startswith("http") or "*" in source)
        }

    assert elsewhere(False) == set()
    assert elsewhere(True) == {"https://huggingface.co"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/gradio_api/call/prompt", "/gradio_api/run/prompt", "/gradio_api/queue/join", "/gradio_api/upload"]
)
def test_what_another_site_sends_is_refused(app: str, path: str, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{app}{path}", json=HAND_OVER, headers=headers)
    assert answer.status_code == 403
    assert answer.text == "Requests from other sites are not accepted."


def test_programs_and_the_own_page_are_answered(app: str) -> None:
    for headers in ({}, {"Origin": app}, {"Origin": app, "Sec-Fetch-Site": "same-origin"}):
        assert httpx.post(f"{app}/gradio_api/call/prompt", json=HAND_OVER, headers=headers).status_code == 200


@pytest.mark.parametrize("field", ["fn_index", "session_hash", "trigger_id", "event_data", "data"])
def test_a_malformed_request_gets_one_sentence(app: str, field: str) -> None:
    body = {"fn_index": 0, "session_hash": "a", "data": [], field: [math.nan]}
    for path in ("queue/join", "api/refocus", "run/predict"):
        answer = httpx.post(f"{app}/gradio_api/{path}", content=json.dumps(body), headers=JSON)
        said = answer.json()  # what was printed is looked at when the app ends
        assert said == {"detail": MALFORMED} if answer.status_code == 422 else said, path


def test_on_hugging_face_the_space_is_answered_within_their_page_and_other_spaces_are_not() -> None:
    own = {"host": "ann-refocus.hf.space", "Origin": "https://ann-refocus.hf.space"}
    assert asked("POST", **own) == 200
    assert asked("POST", **own, Sec_Fetch_Site="same-origin") == 200  # in an iframe of huggingface.co too
    assert asked("GET", host="ann-refocus.hf.space", Sec_Fetch_Site="cross-site") == 200  # that iframe's own address
    assert asked("POST", host="ann-refocus.hf.space", Origin="https://eve-app.hf.space") == 403


def test_an_origin_is_host_and_port() -> None:
    assert asked("POST", host="192.168.1.5:7860", Origin="http://192.168.1.5:7860") == 200
    assert asked("POST", host="192.168.1.5:7860", Origin="http://192.168.1.5:8000") == 403
    assert asked("POST", host="192.168.1.5:7860", Origin="http://[broken") == 403
    assert asked("DELETE", host="app.example", Origin="https://evil.example") == 403


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:7860", "127.0.0.1:80", "127.0.0.2", "[::1]", "[::1]:7860"])
def test_at_a_loopback_address_the_names_of_this_computer_are_known(name: str) -> None:
    assert asked_at_home(name) == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:7860", "localhost.evil.example", "10.0.0.1", "[::2]", "[broken", "0.0.0.0"]
)
def test_at_a_loopback_address_other_names_are_refused(name: str) -> None:
    assert asked_at_home(name) == 403


def test_a_name_that_another_site_pointed_here_is_refused_by_the_app(app: str) -> None:
    port = httpx.URL(app).port
    for path in ("/", "/config", "/gradio_api/info"):
        assert httpx.get(f"{app}{path}", headers={"Host": f"evil.example:{port}"}).status_code == 403
        assert httpx.get(f"{app}{path}", headers={"Host": f"localhost:{port}"}).status_code == 200


def test_a_proxy_that_gradio_was_told_of_is_known() -> None:
    assert asked_at_home("proxy.example") == 200


def test_pages_of_other_servers_are_not_handed_on() -> None:
    assert asked("GET", path="/gradio_api/file=https://example.org/x.png") == 403
    assert asked("GET", path="/gradio_api/file=HTTP://127.0.0.1/x.png") == 403
    assert asked("GET", path="/gradio_api/file=/tmp/x.png") == 200


def test_where_the_app_listens_decides_whether_the_host_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def hosts(**environment: str) -> object:
        for name in ("GRADIO_SERVER_NAME", "GRADIO_SHARE", "GRADIO_ROOT_PATH"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return launch._http_policy().kwargs["hosts"]

    assert hosts() == frozenset()
    assert hosts(GRADIO_SERVER_NAME="::1") == frozenset()
    assert hosts(GRADIO_SERVER_NAME="0.0.0.0") is None
    assert hosts(GRADIO_SHARE="True") is None
    assert hosts(GRADIO_ROOT_PATH="https://photos.example/refocus") == frozenset({"photos.example"})
    assert not is_loopback("0.0.0.0")


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507)])
def test_a_full_disk_is_said_for_an_upload(number: int, status: int) -> None:
    async def full(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError(number, os.strerror(number))

    assert _status(HttpPolicy(full), "POST", "app.example", "/gradio_api/upload", {}) == status


def test_other_errors_are_no_full_disk() -> None:
    async def denied(scope: Scope, receive: Receive, send: Send) -> None:
        raise PermissionError(errno.EACCES, "denied")

    with pytest.raises(PermissionError):
        _status(HttpPolicy(denied), "POST", "app.example", "/gradio_api/upload", {})
