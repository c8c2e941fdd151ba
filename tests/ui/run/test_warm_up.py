import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from refocus.core import Progress
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import VIDEO_DIFFUSION
from refocus.engines.thin_lens_engine import SPEC, ThinLensEngine
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import Refocused, RefocusRequest
from refocus.ui.run.warm_up import WarmUp


@dataclass(frozen=True, slots=True)
class CountedEngine(ThinLensEngine):
    runs: list[Photo] = field(default_factory=list)
    finished: list[Refocused] = field(default_factory=list)

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        self.runs.append(photo)
        self.finished.append(ThinLensEngine.refocus(self, photo, request, progress, observer))
        return self.finished[-1]


def warmed_up(warm_up: WarmUp) -> None:
    warm_up.begin()
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join()


def test_the_built_in_networks_are_used_once_however_many_visitors_come() -> None:
    engine = CountedEngine()
    warm_up = WarmUp(RefocusPipeline(engines=[engine]))
    warmed_up(warm_up)
    warmed_up(warm_up)
    assert len(engine.runs) == len(engine.finished) == 1


def test_the_models_of_other_engines_are_left_alone() -> None:
    engine = CountedEngine(spec=replace(SPEC, name=VIDEO_DIFFUSION))
    warmed_up(WarmUp(RefocusPipeline(engines=[engine])))
    assert engine.runs == []


def test_it_ends_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CountedEngine()
    ended: Any = threading.Thread()
    monkeypatch.setattr(threading, "main_thread", lambda: ended)
    warmed_up(WarmUp(RefocusPipeline(engines=[engine])))
    assert (len(engine.runs), engine.finished) == (1, [])  # nothing was raised in the thread, which pytest reports


THREADS_AT_THE_END = """
import threading, time
from refocus.core.threads import on_cores
from refocus.engines.thin_lens_engine import ThinLensEngine
from refocus.pipeline import RefocusPipeline
from refocus.ui.run.warm_up import WarmUp

class Late(ThinLensEngine):
    def refocus(self, *rest):
        threading.main_thread().join()
        time.sleep(0.2)
        return list(on_cores(abs, [1]))

WarmUp(RefocusPipeline(engines=[Late()])).begin()
"""


def test_nothing_is_printed_when_the_program_ends_before_it() -> None:
    ended = subprocess.run([sys.executable, "-c", THREADS_AT_THE_END], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
