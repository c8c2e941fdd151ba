import shutil
from pathlib import Path

import numpy as np
import pytest

from refocus.core import WeightsMissing
from refocus.models.clipseg.checkpoint import DEFAULT_WEIGHTS, check_folder, weights_of
from refocus.models.clipseg.network import PhraseMask

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 80, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def network(tiny_clipseg: Path) -> PhraseMask:
    return PhraseMask.load(tiny_clipseg)


def test_a_mask_of_the_pictures_size(network: PhraseMask) -> None:
    mask = network(PICTURE, "red cup")
    assert mask.shape == (48, 80)
    assert mask.dtype == np.float32
    assert 0 <= mask.min() < mask.max() <= 1


def test_picture_and_phrase_both_count_and_nothing_is_random(network: PhraseMask) -> None:
    mask = network(PICTURE, "red cup")
    assert np.array_equal(mask, network(PICTURE, "red cup"))
    assert not np.allclose(mask, network(PICTURE, "a dog"))
    assert not np.allclose(mask, network(255 - PICTURE, "red cup"))


def test_long_phrases_and_other_scripts_are_taken(network: PhraseMask) -> None:
    for phrase in ("cup " * 200, "чашка 杯子 ☕"):
        assert np.isfinite(network(PICTURE, phrase)).all()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"])
def test_a_missing_file_is_named(tiny_clipseg: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tiny_clipseg, tmp_path / "copy")
    (folder / name).unlink()
    with pytest.raises(WeightsMissing, match=r"missing\.") as caught:
        PhraseMask.load(folder)
    assert caught.value.todo


def test_another_model_is_refused(tiny_clipseg: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_clipseg, tmp_path / "copy")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("CLIPSegForImageSegmentation", "OwlViTForObjectDetection"))
    with pytest.raises(WeightsMissing, match="OwlViTForObjectDetection, but CLIPSegForImageSegmentation"):
        check_folder(folder)


def test_the_usual_repository_tells_its_licence() -> None:
    assert weights_of(DEFAULT_WEIGHTS.repo).licence == "Apache-2.0"
    assert weights_of("someone/clipseg-rd16").repo == "someone/clipseg-rd16"
