from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest

from refocus.ui.app import sessions as timing
from refocus.ui.app.sessions import Sessions
from refocus.ui.run.session_result import SessionResult
from tests.ui.session_results import app_context, make_result, write_photo


class App:
    """Sessions of a page that nobody serves: session "one" has made a stack, long ago unless said otherwise."""

    def __init__(self, folder: Path) -> None:
        self.context = app_context(folder)
        self.folder = self.context.folders.new("one")
        made = make_result(self.context, write_photo(folder))
        self.result = replace(made, folder=self.folder)
        state: dict[int, Any] = {1: self.result, 2: (self.result,), 3: "a text"}
        holder = SimpleNamespace(
            lock=Lock(), session_data={"one": SimpleNamespace(state_data=state, is_closed=True)}, time_last_used={}
        )
        self.queue = SimpleNamespace(pending_event_ids_session={"one": set()})
        streams: Any = defaultdict(dict)
        page: Any = SimpleNamespace(
            state_holder=holder,
            _queue=self.queue,
            pending_streams=streams,
            pending_diff_streams=streams,
            temp_file_sets=[{str(folder / "gone")}],
        )
        self.page, self.sessions = page, Sessions(page, self.context)
        self.used(timedelta(hours=1))

    def used(self, ago: timedelta) -> None:
        """When the session was used last."""
        self.page.state_holder.time_last_used["one"] = datetime.now() - ago

    @property
    def in_memory(self) -> bool:
        """Whether the stack is."""
        return self.result.kept._whole is not None

    @property
    def is_there(self) -> bool:
        """Whether the session and its files are."""
        assert ("one" in self.page.state_holder.session_data) == self.folder.is_dir()
        return self.folder.is_dir()


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def test_a_stack_that_is_not_used_goes_to_disk_and_comes_back(app: App) -> None:
    app.sessions.opened("one")
    app.sessions.sweep()
    assert (app.in_memory, app.is_there) == (False, True)
    assert isinstance(app.page.state_holder.session_data["one"].state_data[1], SessionResult)
    assert len(app.result.refocused.stack) == 3
    app.sessions.sweep()
    assert app.in_memory  # once for each use


def test_what_is_in_use_stays_in_memory(app: App) -> None:
    app.sessions.opened("one")
    app.used(timedelta(seconds=1))
    app.sessions.sweep()
    assert app.in_memory


def test_a_session_that_waits_long_stays_but_not_in_memory(app: App) -> None:
    app.queue.pending_event_ids_session["one"].add("event")
    app.used(timedelta(seconds=1))
    app.sessions.sweep()
    assert (app.in_memory, app.is_there) == (True, True)
    app.used(timedelta(hours=10))
    for _ in range(2):
        app.sessions.sweep()
        assert (app.in_memory, app.is_there) == (False, True)
        assert len(app.result.refocused.stack) == 3  # what its event reads when its turn comes


def test_a_page_that_comes_back_keeps_its_session(app: App) -> None:
    app.sessions.opened("one")
    app.sessions.closed("one")
    app.sessions.sweep()
    assert app.is_there
    app.sessions.opened("one")
    assert app.page.state_holder.session_data["one"].is_closed is False
    app.sessions.sweep()
    assert app.is_there


def test_a_page_that_is_gone_takes_its_session_along(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.sessions.opened("one")
    app.sessions.closed("one")
    monkeypatch.setattr(timing, "CLOSED_S", 0)
    app.sessions.sweep()
    assert not app.is_there
    assert app.page.temp_file_sets == [set()]
    assert "one" not in app.queue.pending_event_ids_session


def test_the_session_of_a_program_ends_soon(app: App) -> None:
    app.sessions.sweep()
    assert not app.is_there


def test_an_open_page_that_was_left_for_hours_loses_its_session(app: App) -> None:
    app.sessions.opened("one")
    app.used(timedelta(seconds=timing.IDLE_S + 1))
    app.sessions.sweep()
    assert not app.is_there
