from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.compare.variants import Variant
from refocus.core import Cancelled, Disparity
from refocus.core.settings import Settings
from refocus.depth import Stroke, estimate_disparity
from refocus.depth.estimate import DepthDraft
from refocus.engines import EngineSpec, ThinLensEngine
from refocus.models.weights.downloadable import Readiness
from tests.compare.comparisons import small_comparison


class Absent(ThinLensEngine):
    """An engine without its weights."""

    slow: bool

    def __init__(self, *, slow: bool = False) -> None:
        object.__setattr__(self, "slow", slow)
        object.__setattr__(self, "depth", ThinLensEngine().depth)
        object.__setattr__(self, "spec", EngineSpec("absent", "Absent engine", "", ""))

    def readiness(self) -> Readiness:
        return (
            Readiness(True, only_by_name="it takes hours")
            if self.slow
            else Readiness(False, "no weights.", "Get some.")
        )


def request(**given: Any) -> RefocusRequest:
    return replace(RefocusRequest(frames=3, long_side=96), **given)


def test_an_engine_that_is_not_ready_gives_the_reason_and_others_run(two_planes: Photo) -> None:
    pipeline = RefocusPipeline(engines=[Absent(), ThinLensEngine()])
    compared = pipeline.compare(two_planes, [Variant(request(), "absent"), Variant(request(), "thin-lens")])
    absent, made = compared.entries
    assert (absent.stack, absent.label) == (None, "Absent engine")
    assert "no weights. Get some." in absent.why
    assert absent.not_ready
    assert absent.caption[0].startswith("Absent engine")
    assert made.stack is not None
    assert compared.completed == (made,)
    assert made.caption[0] == "Thin lens: blur 0.6, circle, 3 frames"
    assert made.caption[-1].startswith("no seed needed, ")


def test_bad_settings_of_one_variant_do_not_stop_others(two_planes: Photo) -> None:
    wrong = Variant(request(), "nobody")
    compared = RefocusPipeline(engines=[ThinLensEngine()]).compare(two_planes, [wrong, Variant(request())])
    assert "There is no engine 'nobody'" in compared.entries[0].why
    assert not compared.entries[0].not_ready
    assert len(compared.completed) == 1


def test_default_variants_are_all_engines_except_slow_ones(two_planes: Photo) -> None:
    compared = RefocusPipeline(engines=[Absent(slow=True), ThinLensEngine()]).compare(two_planes)
    assert [entry.label for entry in compared.entries] == ["Absent engine", "Thin lens"]
    assert "it takes hours" in compared.entries[0].why


def test_imported_entries_come_last(two_planes: Photo) -> None:
    imported = small_comparison().entries[1]
    compared = RefocusPipeline().compare(two_planes, [Variant(request())], imported=[imported])
    assert compared.entries[-1] is imported


def test_depth_is_estimated_once_with_the_same_results(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Photo(np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8))
    variants = [Variant(request(blur=blur), "thin-lens") for blur in (0.2, 0.9)]
    alone = [RefocusPipeline().run(photo, variant.request, "thin-lens") for variant in variants]
    estimates: list[object] = []
    from refocus.depth import sources as depth_sources

    def counted(picture: np.ndarray, draft: DepthDraft | None = None) -> Disparity:
        estimates.append(picture)
        return estimate_disparity(picture, draft)

    monkeypatch.setattr(depth_sources, "estimate_disparity", counted)
    compared = RefocusPipeline().compare(photo, variants)
    assert len(estimates) == 1
    for entry, result in zip(compared.entries, alone, strict=True):
        assert entry.stack is not None
        assert entry.result is not None
        assert (entry.stack.frames == result.stack.frames).all()
        assert entry.result.notes == result.notes
        assert entry.result.photo.disparity is None


def test_corrected_depth_is_not_shared() -> None:
    photo = Photo(np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8))
    strokes = (Stroke("nearer", points=((0.4, 0.6), (0.6, 0.6)), radius=0.1, strength=0.5),)
    variants = [
        Variant(request(touch_up=up, blur=blur), "thin-lens")
        for up, blur in ((strokes, 0.6), (strokes, 0.2), ((), 0.6))
    ]
    alone = [RefocusPipeline().run(photo, variant.request, "thin-lens") for variant in variants]
    compared = RefocusPipeline().compare(photo, variants)
    for entry, result in zip(compared.entries, alone, strict=True):
        assert entry.disparity is not None
        assert np.allclose(entry.disparity.values, result.scene.disparity.values, atol=1e-5)


def test_an_own_map_is_used_only_by_its_variant(two_planes: Photo) -> None:
    turned = Disparity(1 - two_planes.disparity.values, metric=False, source="turned round")  # type: ignore[union-attr]
    plain = Photo(two_planes.rgb)
    compared = RefocusPipeline().compare(
        plain, [Variant(request()), Variant(request(), disparity=turned), Variant(request(blur=0.2))]
    )
    sources = [entry.disparity.source for entry in compared.entries if entry.disparity]
    assert sources == ["built-in network", "turned round", "built-in network"]


def test_progress_increases_and_can_cancel(two_planes: Photo) -> None:
    said: list[float] = []

    def note(stage: str, fraction: float) -> None:
        said.append(fraction)
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        RefocusPipeline().compare(two_planes, [Variant(request()), Variant(request(blur=0.1))], progress=note)
    assert said == sorted(said)


def test_a_variant_without_engine_has_the_title_of_the_chosen_one(two_planes: Photo) -> None:
    variants = [Variant(request(blur=0.2)), Variant(request(blur=0.9), "auto")]
    compared = RefocusPipeline(engines=[Absent(), ThinLensEngine()]).compare(two_planes, variants)
    assert [entry.label for entry in compared.entries] == ["Thin lens, blur 0.2", "Thin lens, blur 0.9"]


def test_the_engine_of_the_settings_is_named(two_planes: Photo) -> None:
    pipeline = RefocusPipeline(Settings(engine="absent"), engines=[ThinLensEngine(), Absent()])
    (entry,) = pipeline.compare(two_planes, [Variant(request())]).entries
    assert (entry.label, entry.stack) == ("Absent engine", None)
    assert entry.caption[0].startswith("Absent engine")
