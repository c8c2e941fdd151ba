from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from refocus import RefocusPipeline
from refocus.compare.variants import Variant
from refocus.core import BadInput
from refocus.ui.compare.compare_choices import CompareRequest, files_of, without_photo
from tests.evaluate.pictures import textured

HERE, SIZE = "wall.png", (64, 48)


def variants(**given: Any) -> list[Variant]:
    request = CompareRequest(**{"photos": (HERE,), "engines": ("thin-lens",), "long_side": 96, **given})
    return request.variants(HERE, SIZE, request.choose(RefocusPipeline()), max_pixels=1_000_000)


def test_every_combination_is_a_column() -> None:
    settings = [
        (variant.request.blur, variant.request.aperture)
        for variant in variants(blurs=(0.2, 0.8), apertures=("circle", "heart"))
    ]
    assert settings == [(0.2, "circle"), (0.2, "heart"), (0.8, "circle"), (0.8, "heart")]


def test_a_strength_may_be_typed_as_on_a_lens() -> None:
    typed, number = variants(blurs=("f/2.8", "0.35"))
    assert (typed.request.f_number, typed.request.blur) == (2.8, None)
    assert number.request.blur == 0.35
    with pytest.raises(BadInput, match="'much' is not a blur strength"):
        variants(blurs=("much",))


def test_what_an_engine_has_no_option_for_makes_no_columns() -> None:
    found = variants(engines=("thin-lens", "video-diffusion"), blurs=(0.2, 0.8), depth_sources=("auto", "built-in"))
    assert [variant.engine_name for variant in found] == ["thin-lens"] * 4 + ["video-diffusion"]


def test_each_depth_map_is_one_more_source(tmp_path: Path) -> None:
    Image.fromarray(textured(0, 48, 64)[..., 0]).save(tmp_path / "map.png")
    found = variants(depths=(str(tmp_path / "map.png"),))
    assert [variant.disparity_name for variant in found] == ["", "map.png"]
    assert found[1].disparity is not None
    assert len(variants(depths=(str(tmp_path / "map.png"),), depth_sources=())) == 1


def test_the_limit_on_pixels_holds_for_a_depth_map(tmp_path: Path) -> None:
    Image.fromarray(textured(0, 96, 128)[..., 0]).save(tmp_path / "map.png")
    request = CompareRequest((HERE,), engines=("thin-lens",), depths=(str(tmp_path / "map.png"),))
    with pytest.raises(BadInput, match="too large a map"):
        request.variants(HERE, SIZE, [], max_pixels=64 * 48)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(BadInput, match="9 combinations"):
        variants(blurs=(0.1, 0.2, 0.3), apertures=("circle", "heart", "star"))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"engines": ()}, "No engine"), ({"blurs": (), "apertures": ()}, "No blur strength and no aperture"),
     ({"depth_sources": ()}, "No depth source"), ({"photos": ("a",) * 9}, "9 photos")],
)  # fmt: skip
def test_nothing_or_too_much_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        CompareRequest(**{"photos": (HERE,), "engines": ("thin-lens",), **given}).check()


def test_files_belong_to_the_photo_they_are_named_after() -> None:
    photos = ("up/cat.jpg", "up/cat_2.jpg")
    files = ["cat.mp4", "cat_2.npy", "cat_2-theirs.zip", "catalogue.png", "dog.mp4"]
    assert [path.name for path in files_of(photos[0], photos, files)] == ["cat.mp4"]
    assert [path.name for path in files_of(photos[1], photos, files)] == ["cat_2.npy", "cat_2-theirs.zip"]
    assert without_photo(photos, files) == ["catalogue.png", "dog.mp4"]
    assert without_photo(photos[:1], files) == []
