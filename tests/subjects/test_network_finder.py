import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from refocus.core import Disparity, WeightsMissing
from refocus.core.settings import Settings
from refocus.models.clipseg.network import PhraseMask
from refocus.models.weights.hub import fetch
from refocus.pipeline import RefocusPipeline
from refocus.subjects import find_subject
from refocus.subjects import network_finder as subjects
from refocus.subjects.network_finder import NetworkSubjectFinder

PROJECT = Path(__file__).resolve().parents[2]
RGB = np.random.default_rng(3).integers(0, 256, (60, 90, 3)).astype(np.uint8)
DEPTH = Disparity(np.linspace(0, 1, 60, dtype=np.float32)[:, None].repeat(90, 1), False, "drawn")


@pytest.fixture
def nothing_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "empty"))


@pytest.mark.parametrize("where", ["CIDAS/clipseg-rd64-refined", "clipseg-rd64-refined"])
def test_found_below_the_folder_of_weights(tiny_clipseg: Path, tmp_path: Path, where: str) -> None:
    shutil.copytree(tiny_clipseg, tmp_path / where)
    finder = NetworkSubjectFinder(models=tmp_path)
    assert finder.readiness().ready
    assert finder(RGB, DEPTH, "spoon", None).finder == "CLIPSeg"


def test_a_folder_chosen_by_the_user(tiny_clipseg: Path) -> None:
    found = NetworkSubjectFinder(model=str(tiny_clipseg))(RGB, DEPTH, "spoon", None)
    assert found.finder == "CLIPSeg"
    assert 0 < found.confidence <= 1
    assert "CLIPSeg marked the spoon" in found.explanation


def test_without_weights_the_built_in_finder_is_used(nothing_cached: None) -> None:
    finder = NetworkSubjectFinder()
    state = finder.readiness()
    assert not state.ready
    assert "engines --download subjects" in state.todo
    found, plain = finder(RGB, DEPTH, "spoon", "left"), find_subject(RGB, DEPTH, "spoon", "left")
    assert found.finder == "built-in"
    assert found.explanation == plain.explanation
    assert np.array_equal(found.mask, plain.mask)


@pytest.mark.parametrize("asked", ["someone/clipseg-rd16", "no/such/folder"])
def test_a_missing_model_chosen_by_name_is_reported(nothing_cached: None, asked: str) -> None:
    found = NetworkSubjectFinder(model=asked)(RGB, DEPTH, "spoon", None)
    assert found.finder == "built-in"
    assert found.explanation.startswith("The network for subjects cannot be used:")
    assert asked in found.explanation


def test_damaged_weights_are_reported(tiny_clipseg: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_clipseg, tmp_path / "copy")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    finder = NetworkSubjectFinder(model=str(folder))
    assert "half downloaded" in finder.readiness().why
    assert "half downloaded" in finder(RGB, DEPTH, "spoon", None).explanation


def test_unfound_subjects_go_to_the_built_in_finder(tiny_clipseg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PhraseMask, "__call__", lambda self, rgb, phrase: np.zeros(rgb.shape[:2], np.float32))
    found = NetworkSubjectFinder(model=str(tiny_clipseg))(RGB, DEPTH, "unicorn", None)
    assert found.finder == "built-in"
    assert found.explanation.startswith("CLIPSeg saw no “unicorn”. The built-in finder does not know")


def test_switched_off(tiny_clipseg: Path) -> None:
    finder = NetworkSubjectFinder(models=tiny_clipseg.parent, model="built-in")
    assert not finder.readiness().ready
    assert finder(RGB, DEPTH, "spoon", None).finder == "built-in"


def test_the_network_is_loaded_once_and_used_by_one_thread_at_a_time(
    tiny_clipseg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, inside, most = [], [], []
    load, ask = PhraseMask.load, PhraseMask.__call__

    def counted_load(folder: Path) -> PhraseMask:
        loads.append(folder)
        return load(folder)

    def watched(self: PhraseMask, rgb: np.ndarray, phrase: str) -> np.ndarray:
        inside.append(threading.get_ident())
        most.append(len(inside))
        made = ask(self, rgb, phrase)
        inside.pop()
        return made

    monkeypatch.setattr(PhraseMask, "load", counted_load)
    monkeypatch.setattr(PhraseMask, "__call__", watched)
    finder = NetworkSubjectFinder(model=str(tiny_clipseg))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda word: finder(RGB, DEPTH, word, None), ["cup", "spoon", "plate", "dog"]))
    assert len(loads) == 1
    assert most == [1, 1, 1, 1]


def test_an_unreachable_hub_means_no_weights(nothing_cached: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(subjects, "fetch", lambda *a: fetch(*a, endpoint=host, timeout_s=0.3))
        with pytest.raises(WeightsMissing, match="cannot be downloaded"):
            NetworkSubjectFinder().download(lambda download: None)
    assert NetworkSubjectFinder()(RGB, DEPTH, "spoon", None).finder == "built-in"


def test_results_of_the_pipeline_use_the_finder(tiny_clipseg: Path, tmp_path: Path) -> None:
    from refocus.media import Photo
    from refocus.prompts import parse_prompt
    from refocus.results import RefocusRequest
    from refocus.results.bokeh_picture import BokehRequest, bokeh_picture

    pipeline = RefocusPipeline(Settings(engine="thin-lens", subject_model=str(tiny_clipseg)))
    result = pipeline.run(Photo(RGB, disparity=DEPTH, name="noise"), RefocusRequest(frames=3, sharp=True))
    made = bokeh_picture(result, BokehRequest(parse_prompt("focus on the spoon")))
    assert made.region is not None
    assert made.region.finder == "CLIPSeg"
    result.save(tmp_path / "saved")
    again = bokeh_picture(pipeline.load(tmp_path / "saved"), BokehRequest(parse_prompt("focus on the spoon")))
    assert again.region is not None
    assert again.region.finder == "CLIPSeg"


def test_loading_prints_nothing(tiny_clipseg: Path) -> None:
    code = (
        "import sys; import numpy as np; from refocus.core import Disparity;"
        "from refocus.subjects.network_finder import NetworkSubjectFinder;"
        "depth = Disparity(np.eye(64, dtype=np.float32), False, 'drawn');"
        "NetworkSubjectFinder(model=sys.argv[1])(np.zeros((64, 64, 3), np.uint8), depth, 'spoon', None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_clipseg)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
