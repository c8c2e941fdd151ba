from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refocus import Photo, RefocusPipeline
from refocus.compare.variants import Variant
from refocus.core import BadInput, Disparity, EngineNotReady, Progress
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import Settings
from refocus.depth.file import read_photo_depth
from refocus.engines import EngineSpec, ThinLensEngine
from refocus.media import save_png
from refocus.models.weights.downloadable import Readiness
from refocus.models.weights.hub import Announce
from refocus.results import Refocused, RefocusRequest
from refocus.results.saved import load_refocused

DREAM = EngineSpec("dream", "Dream", "Dreams the focus.", "Needs weights.")


@dataclass(frozen=True)
class Unready:
    """An engine whose weights are not there, as the diffusion engines are on most machines."""

    spec: EngineSpec = DREAM

    def readiness(self) -> Readiness:
        return Readiness(False, "its weights are not here.", "Download them.")

    def prepare(self) -> None:
        """Nothing to do."""

    def download(self, announce: Announce) -> None:
        """Nothing to get."""

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        raise AssertionError("an engine that is not ready must not run")


PHOTO = Photo(np.random.default_rng(0).integers(0, 255, (64, 80, 3)).astype(np.uint8))
RAMP = Disparity(np.linspace(0, 1, 64 * 80, dtype=np.float32).reshape(64, 80), metric=False, source="made by hand")
ENGINES = (Unready(), ThinLensEngine())


def test_automatic_takes_the_best_that_is_ready_and_says_why() -> None:
    result = RefocusPipeline(engines=ENGINES).refocus(PHOTO, disparity=RAMP, frames=3)
    assert result.engine == "thin-lens"
    assert "Dream is not ready (its weights are not here)." in result.notes[0]


def test_an_engine_asked_for_by_name_is_never_replaced() -> None:
    with pytest.raises(EngineNotReady) as caught:
        RefocusPipeline(engines=ENGINES).refocus(PHOTO, engine="dream")
    assert str(caught.value) == "The engine dream cannot run here: its weights are not here. Download them."


def test_an_unknown_engine_is_refused_with_the_names() -> None:
    with pytest.raises(BadInput, match="auto, dream, thin-lens"):
        RefocusPipeline(engines=ENGINES).refocus(PHOTO, engine="magic")


def test_the_settings_choose_the_engine_when_the_call_does_not() -> None:
    with pytest.raises(EngineNotReady):
        RefocusPipeline(Settings(engine="dream"), ENGINES).refocus(PHOTO)


def test_the_result_holds_the_seconds_of_the_whole() -> None:
    seconds = RefocusPipeline().refocus(PHOTO, disparity=RAMP, frames=3).seconds
    assert list(seconds)[-1] == "total"
    assert seconds["total"] >= sum(value for stage, value in seconds.items() if stage != "total") - 0.01


def test_progress_never_runs_backwards() -> None:
    said: list[tuple[str, float]] = []
    RefocusPipeline().refocus(PHOTO, frames=3, progress=lambda stage, done: said.append((stage, done)))
    fractions = [done for _, done in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert len({stage for stage, _ in said}) == 3


def test_a_depth_file_of_the_whole_photo_serves_a_smaller_stack(tmp_path: Path) -> None:
    np.save(tmp_path / "depth.npy", 1 / (0.5 + RAMP.values))
    own = read_photo_depth(tmp_path / "depth.npy", PHOTO.size, meaning="metres", long_side=64, max_pixels=100_000)
    result = RefocusPipeline().refocus(PHOTO, disparity=own, frames=3, long_side=64)
    assert result.scene.disparity.metric
    assert result.scene.disparity.values.shape == result.stack.frames.shape[1:3]
    assert "depth.npy" in " ".join(result.notes)


@pytest.mark.parametrize("memory", [("tiny",), ("fast", "small"), ("small", "4-bit", "bf16")])
def test_memory_modes_nobody_has_or_two_for_one_engine_are_refused(memory: tuple[str, ...]) -> None:
    RefocusPipeline(Settings(memory=("small", "4-bit")))
    with pytest.raises(BadInput, match="REFOCUS_MEMORY") as caught:
        RefocusPipeline(Settings(memory=memory))
    assert "fast; offload; small" in caught.value.todo


def test_a_revision_of_weights_nobody_uses_is_refused() -> None:
    RefocusPipeline(Settings(revisions=(("tedlasai/learn2refocus", "main"),)))
    with pytest.raises(BadInput, match="a/b, which no engine uses"):
        RefocusPipeline(Settings(revisions=(("a/b", "main"),)))


def test_a_folder_of_photos_becomes_a_folder_of_stacks_once(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for seed in range(2):
        picture = np.random.default_rng(seed).integers(0, 255, (72, 96, 3)).astype(np.uint8)
        save_png(tmp_path / "photos" / f"{seed}.png", picture)
    said: list[str] = []
    pipeline, request = RefocusPipeline(), RefocusRequest(frames=3)
    first = pipeline.refocus_folder(
        tmp_path / "photos", tmp_path / "out", request, progress=lambda stage, done: said.append(stage)
    )
    assert first.made == ("0", "1")
    assert any(stage.startswith("1: ") for stage in said)
    assert load_refocused(tmp_path / "out" / "1").request.frames == 3
    assert pipeline.refocus_folder(tmp_path / "photos", tmp_path / "out", request).skipped == ("0", "1")
    with pytest.raises(BadInput, match="--force"):
        pipeline.refocus_folder(tmp_path / "photos", tmp_path / "out", RefocusRequest(frames=4))


class OwnEngine(ThinLensEngine):
    """An engine of the caller's own."""

    def __init__(self) -> None:
        object.__setattr__(self, "spec", replace(ThinLensEngine().spec, name="own"))
        object.__setattr__(self, "depth", ThinLensEngine().depth)


def test_engines_of_the_callers_own_stay_with_another_model(tmp_path: Path) -> None:
    pipeline = RefocusPipeline(engines=[OwnEngine()])
    assert pipeline.refocus(PHOTO, engine="own", frames=3, model=tmp_path).engine == "own"
    variants = [Variant(RefocusRequest(frames=3), "own"), Variant(RefocusRequest(frames=3), "own", model=tmp_path)]
    compared = pipeline.compare(PHOTO, variants)
    assert [entry.why for entry in compared.entries] == ["", ""]


def test_the_models_of_a_comparison_are_kept_for_the_next_photo(tmp_path: Path) -> None:
    made: list[ThinLensEngine] = []

    class Noted(OwnEngine):
        def refocus(self, *args: Any, **options: Any) -> Refocused:
            made.append(self)
            return super().refocus(*args, **options)

    pipeline = RefocusPipeline()
    variants = [Variant(RefocusRequest(frames=3), "thin-lens", model=tmp_path / name) for name in ("a", "b")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("refocus.pipeline.all_engines", lambda settings, depth: (replace_name(Noted()),))
        for _ in range(2):
            pipeline.compare(PHOTO, variants)
    assert [id(engine) for engine in made[:2]] == [id(engine) for engine in made[2:]]
    assert len({id(engine) for engine in made}) == 2


def replace_name(engine: OwnEngine) -> OwnEngine:
    object.__setattr__(engine, "spec", ThinLensEngine().spec)
    return engine


def test_the_engine_of_a_run_is_looked_for_once() -> None:
    asked: list[str] = []

    class Noted(OwnEngine):
        def readiness(self) -> Readiness:
            asked.append(self.spec.name)
            return super().readiness()

    RefocusPipeline(engines=[Noted()]).refocus(PHOTO, engine="own", frames=3)
    assert asked == ["own"]
