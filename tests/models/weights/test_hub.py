"""Downloads, from a hub served on the loopback; no network."""

import socket
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from refocus.core import Cancelled, WeightsMissing
from refocus.models.weights.hub import Download, cached, fetch, find_repo
from refocus.models.weights.spec import WeightsSpec
from tests.hub_server import COMMIT, serve_hub

FILES = {"config.json": b"{}", "part/model.fp16.safetensors": b"half", "part/model.safetensors": b"full precision"}
SPEC = WeightsSpec(
    "owner/name",
    revision=COMMIT,
    files=("config.json", "part/*.fp16.safetensors"),
    licence="research only",
    size_bytes=6,
)


def serve(**answers: object) -> AbstractContextManager[tuple[str, list[str]]]:
    return serve_hub("owner/name", FILES, **answers)


def refuse_to_announce(_download: Download) -> None:
    pytest.fail("nothing was to be downloaded")


def test_only_needed_files_come_and_size_and_licence_first(tmp_path: Path) -> None:
    announced: list[Download] = []

    def announce(download: Download) -> None:
        assert not list(tmp_path.rglob("*.safetensors"))
        announced.append(download)

    with serve() as (endpoint, asked):
        folder = fetch(SPEC, announce, cache_dir=tmp_path, endpoint=endpoint)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == {
        "config.json",
        "part/model.fp16.safetensors",
    }
    assert (folder / "part" / "model.fp16.safetensors").read_bytes() == b"half"
    assert not any(path.endswith("/part/model.safetensors") for path in asked)
    (download,) = announced
    assert (download.repo, download.size_bytes) == ("owner/name", 6)
    assert "research only" in str(download)


def test_what_is_there_is_not_asked_for(tmp_path: Path) -> None:
    assert cached(SPEC, cache_dir=tmp_path) is None
    with serve() as (endpoint, _):
        folder = fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
    assert cached(SPEC, cache_dir=tmp_path) == folder
    assert fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint="http://127.0.0.1:9") == folder


def test_a_file_more_needs_a_download(tmp_path: Path) -> None:
    more = replace(SPEC, files=("config.json", "part/*.safetensors"))
    with serve() as (endpoint, _):
        fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
        assert cached(more, cache_dir=tmp_path) is None
        folder = fetch(more, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
    assert (folder / "part" / "model.safetensors").read_bytes() == b"full precision"


def test_saying_no_downloads_nothing(tmp_path: Path) -> None:
    def decline(_download: Download) -> None:
        raise Cancelled

    with serve() as (endpoint, _), pytest.raises(Cancelled):
        fetch(SPEC, decline, cache_dir=tmp_path, endpoint=endpoint)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_hub_that_never_answers_counts_as_absent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(WeightsMissing, match="owner/name") as caught:
            fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint, timeout_s=0.3)
    assert "local folder" in caught.value.todo


def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(WeightsMissing, match="owner/name"):
        fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("status", "code", "message", "todo"),
    [
        (403, "GatedRepo", "research only", "Accept it at https://huggingface.co/owner/name"),
        (404, "RepoNotFound", "has no owner/name", "hf auth login"),
        (404, "RevisionNotFound", "cannot be downloaded", "local folder"),
        (500, "", "cannot be downloaded", "local folder"),
    ],
)
def test_refusals_say_what_to_do(tmp_path: Path, status: int, code: str, message: str, todo: str) -> None:
    with serve(status=status, error_code=code) as (endpoint, _), pytest.raises(WeightsMissing) as caught:
        fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint)
    assert message in caught.value.message
    assert todo in caught.value.todo


def test_a_repository_without_the_files(tmp_path: Path) -> None:
    with serve() as (endpoint, _), pytest.raises(WeightsMissing, match="none of the needed files"):
        fetch(replace(SPEC, files=("unet/*",)), refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint)


def test_progress_is_reported_while_it_comes(tmp_path: Path) -> None:
    said: list[float] = []
    with serve() as (endpoint, _):
        fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint, report=said.append)
    assert said
    assert said[-1] == 1


def test_a_download_can_be_stopped(tmp_path: Path) -> None:
    def stop(_done: float) -> None:
        raise Cancelled

    with serve() as (endpoint, _), pytest.raises(Cancelled):
        fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint, report=stop)


ANY = WeightsSpec("owner/name", revision="main", files=("*",), licence="free", size_bytes=10)


@pytest.mark.parametrize(
    "place",
    [
        "owner/name",
        "name",
        "models--owner--name/snapshots/main",
        "models--owner--name/snapshots/0123",
        "hub/models--owner--name/snapshots/0123",
    ],
)
def test_find_repo_in_every_layout(tmp_path: Path, place: str) -> None:
    assert find_repo(tmp_path, ANY) is None
    (tmp_path / place).mkdir(parents=True)
    assert find_repo(tmp_path, ANY) == tmp_path / place


def test_a_cache_of_several_revisions_follows_the_reference(tmp_path: Path) -> None:
    cache = tmp_path / "models--owner--name"
    for commit in ("111", "222"):
        (cache / "snapshots" / commit).mkdir(parents=True)
    assert find_repo(tmp_path, ANY) is None  # which of the two is meant is not known
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("222")
    assert find_repo(tmp_path, ANY) == cache / "snapshots" / "222"


def test_an_incomplete_download_is_found_but_not_cached(tmp_path: Path) -> None:
    more = replace(SPEC, files=("config.json", "part/*.safetensors"))
    with serve() as (endpoint, _):
        folder = fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
    assert cached(more, cache_dir=tmp_path) is None
    assert find_repo(tmp_path, more) == folder
