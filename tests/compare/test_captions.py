from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refocus import RefocusRequest
from refocus.compare.captions import labels_of, missing_entry
from refocus.compare.variants import Variant
from refocus.core import BadInput, Disparity
from refocus.depth import Stroke
from refocus.engines import EngineSpec
from refocus.engines.video_diffusion.engine import SPEC as VIDEO

OWN = Disparity(np.eye(3, dtype=np.float32), metric=False, source="mine")


def request(**given: Any) -> RefocusRequest:
    return replace(RefocusRequest(frames=3, long_side=96), **given)


@pytest.mark.parametrize(
    ("variants", "labels"),
    [
        ([Variant(engine="a"), Variant(engine="b")], ["a", "b"]),
        ([Variant(request(blur=0.2)), Variant(request(blur=None, f_number=2.0))], ["auto, blur 0.2", "auto, f/2"]),
        ([Variant(request(blur=None, k=20.0)), Variant(request())], ["auto, K 20", "auto, blur 0.6"]),
        ([Variant(label="same"), Variant(label="same")], ["same", "same (2)"]),
        ([Variant(request(depth_source="built-in")), Variant(request(frames=9, long_side=1024))],
         ["auto, 3 frames, 96 px, built-in depth", "auto, 9 frames, 1024 px, auto depth"]),
        ([Variant(disparity=OWN), Variant(disparity=OWN, disparity_name="a.npy")],
         ["auto, own depth", "auto, depth a.npy"]),
        ([Variant(model=Path("weights/one")), Variant(model=Path("weights/two"))], ["auto, one", "auto, two"]),
    ],
)  # fmt: skip
def test_labels_name_what_differs(variants: list[Variant], labels: list[str]) -> None:
    assert labels_of(variants) == labels


@pytest.mark.parametrize(
    "given",
    [{"guidance": 2.0}, {"decode_overlap": 3}, {"corrected_clip": True}, {"full_size": True}, {"restore": "a sign"},
     {"sharp": True}, {"seed": 4}, {"steps": 5}, {"input_position": 2}, {"aperture": "heart"},
     {"touch_up": (Stroke("nearer", points=((0.4, 0.6),), radius=0.02, strength=0.3),)}],
)  # fmt: skip
def test_every_option_distinguishes_two_variants(given: dict[str, object]) -> None:
    first, second = labels_of([Variant(request()), Variant(request(**given))])
    assert first != second
    assert not second.endswith("(2)")


def test_labels_name_only_options_of_the_engine() -> None:
    lens, video = EngineSpec("a", "A", "", "", frozenset({"blur"})), EngineSpec("b", "B", "", "", frozenset({"seed"}))
    variants = [Variant(request(), "a"), Variant(request(seed=7), "b")]
    assert labels_of(variants, [lens, video]) == ["A", "B, seed 7"]


def test_defaults_are_named_only_beside_other_values_of_the_same_engine() -> None:
    usual = RefocusRequest()
    variants = [Variant(usual, "a"), Variant(replace(usual, seed=3, steps=4), "b"), Variant(usual, "c")]
    assert labels_of(variants) == ["a", "b, seed 3, 4 steps", "c"]
    assert labels_of([*variants[1:], Variant(usual, "b")]) == ["b, seed 3, 4 steps", "c", "b, seed 0, default steps"]


def test_options_of_single_pictures_are_not_named_for_a_stack() -> None:
    variants = [Variant(request(blur=0.2), VIDEO.name), Variant(request(blur=0.9), VIDEO.name)]
    assert labels_of(variants, [VIDEO, VIDEO]) == ["Video diffusion", "Video diffusion (2)"]
    assert missing_entry("x", variants[0], BadInput("why"), VIDEO).caption == ("Video diffusion",)


def test_captions_name_only_options_of_the_engine() -> None:
    spec = EngineSpec("x", "X", "", "", frozenset({"steps"}))
    entry = missing_entry("x", Variant(request(steps=4)), BadInput("why"), spec)
    assert entry.caption == ("X: 4 steps",)
