from dataclasses import replace

import numpy as np
import pytest

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.core import Cancelled, Disparity
from refocus.engines import EngineSpec, Readiness, ThinLensEngine
from refocus.engines.comparison import Variant, labels_of, missing_entry
from tests.engines.comparisons import small_comparison


class Absent(ThinLensEngine):
    """An engine without its weights."""

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


def request(**given: object) -> RefocusRequest:
    return replace(RefocusRequest(frames=3, long_side=96), **given)


def test_an_engine_that_is_not_ready_says_why_and_the_others_run(two_planes: Photo) -> None:
    pipeline = RefocusPipeline(engines=[Absent(), ThinLensEngine()])
    compared = pipeline.compare(two_planes, [Variant(request(), "absent"), Variant(request(), "thin-lens")])
    absent, made = compared.entries
    assert (absent.stack, absent.label) == (None, "absent")
    assert "no weights. Get some." in absent.why
    assert absent.caption[0].startswith("Absent engine")
    assert made.stack is not None
    assert compared.made == (made,)
    assert made.caption[0] == "Thin lens: blur 0.6, circle, 3 frames"
    assert made.caption[-1].startswith("no seed needed, ")


def test_bad_settings_of_one_variant_stop_no_other(two_planes: Photo) -> None:
    wrong = Variant(request(), "nobody")
    compared = RefocusPipeline(engines=[ThinLensEngine()]).compare(two_planes, [wrong, Variant(request())])
    assert "There is no engine 'nobody'" in compared.entries[0].why
    assert len(compared.made) == 1


def test_by_default_every_engine_runs_but_the_slow_ones(two_planes: Photo) -> None:
    compared = RefocusPipeline(engines=[Absent(slow=True), ThinLensEngine()]).compare(two_planes)
    assert [entry.label for entry in compared.entries] == ["absent", "thin-lens"]
    assert "it takes hours" in compared.entries[0].why


def test_what_was_brought_comes_last(two_planes: Photo) -> None:
    brought = small_comparison().entries[1]
    compared = RefocusPipeline().compare(two_planes, [Variant(request())], brought=[brought])
    assert compared.entries[-1] is brought


def test_depth_is_estimated_once_and_nothing_changes_by_that(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Photo(np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8))
    variants = [Variant(request(blur=blur), "thin-lens") for blur in (0.2, 0.9)]
    alone = [RefocusPipeline().run(photo, variant.request, "thin-lens") for variant in variants]
    estimates: list[object] = []
    from refocus.engines import depth_sources

    estimate = depth_sources.estimate_disparity

    def counted(picture: np.ndarray) -> Disparity:
        estimates.append(picture)
        return estimate(picture)

    monkeypatch.setattr(depth_sources, "estimate_disparity", counted)
    compared = RefocusPipeline().compare(photo, variants)
    assert len(estimates) == 1
    for entry, result in zip(compared.entries, alone, strict=True):
        assert entry.stack is not None
        assert entry.result is not None
        assert (entry.stack.frames == result.stack.frames).all()
        assert entry.result.notes == result.notes
        assert entry.result.photo.disparity is None


def test_an_own_map_is_used_by_its_variant_alone(two_planes: Photo) -> None:
    turned = Disparity(1 - two_planes.disparity.values, metric=False, source="turned round")  # type: ignore[union-attr]
    plain = Photo(two_planes.rgb)
    compared = RefocusPipeline().compare(
        plain, [Variant(request()), Variant(request(), disparity=turned), Variant(request(blur=0.2))]
    )
    sources = [entry.disparity.source for entry in compared.entries if entry.disparity]
    assert sources == ["estimated from the picture alone", "turned round", "estimated from the picture alone"]


def test_progress_runs_on_and_can_stop(two_planes: Photo) -> None:
    said: list[float] = []

    def note(stage: str, fraction: float) -> None:
        said.append(fraction)
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        RefocusPipeline().compare(two_planes, [Variant(request()), Variant(request(blur=0.1))], progress=note)
    assert said == sorted(said)


@pytest.mark.parametrize(
    ("variants", "labels"),
    [
        ([Variant(engine="a"), Variant(engine="b")], ["a", "b"]),
        ([Variant(request(blur=0.2)), Variant(request(blur=None, f_number=2.0))], ["auto, blur 0.2", "auto, f/2"]),
        ([Variant(label="same"), Variant(label="same")], ["same", "same (2)"]),
        ([Variant(request(depth_source="built-in")), Variant()], ["auto, built-in depth, 3 frames, 96 px",
                                                                 "auto, auto depth, 9 frames, 1024 px"]),
    ],
)  # fmt: skip
def test_a_label_tells_what_differs(variants: list[Variant], labels: list[str]) -> None:
    assert labels_of(variants) == labels


def test_a_label_names_only_what_the_engine_heeds() -> None:
    lens, video = EngineSpec("a", "", "", "", frozenset({"blur"})), EngineSpec("b", "", "", "", frozenset({"seed"}))
    variants = [Variant(request(), "a"), Variant(request(seed=7), "b")]
    assert labels_of(variants, [lens, video]) == ["a", "b, seed 7"]


def test_what_an_engine_does_not_heed_is_not_named() -> None:
    spec = EngineSpec("x", "X", "", "", frozenset({"steps"}))
    entry = missing_entry("x", Variant(request(steps=4)), "why", spec)
    assert entry.caption == ("X: 4 steps, 3 frames",)
