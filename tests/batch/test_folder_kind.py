from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from refocus.batch.photo_folder import classify_photos
from tests.evaluate.pictures import blurred_stack, textured
from tests.reference import reference


def written(folder: Path, pictures: list[NDArray[np.uint8]]) -> list[Path]:
    paths = [folder / f"{index}.png" for index in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    return paths


@pytest.fixture
def stack() -> list[NDArray[np.uint8]]:
    return list(blurred_stack(0, 5, 160, 240))


@pytest.fixture
def strangers() -> list[NDArray[np.uint8]]:
    return [textured(seed, 160, 240) for seed in range(1, 6)]


def test_a_focal_stack_is_one_scene(stack: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    assert classify_photos(written(tmp_path, stack)).kind == "one scene"


def test_unrelated_photos_with_two_similar_ones(
    stack: list[NDArray[np.uint8]], strangers: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    assert classify_photos(written(tmp_path, strangers)).kind == "many photos"
    assert classify_photos(written(tmp_path, [*strangers[:3], stack[0], stack[1]])).kind == "many photos"


def test_a_mixed_folder_is_unclear(
    stack: list[NDArray[np.uint8]], strangers: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    relation = classify_photos(written(tmp_path, [*stack[:3], strangers[0]]))
    assert relation.kind == "unclear"
    assert relation.reason.startswith("2 of 3")


def test_sizes_damaged_files_and_pairs_that_are_no_stack(stack: list[NDArray[np.uint8]], tmp_path: Path) -> None:
    cut = [frame[index * 20 :] for index, frame in enumerate(stack)]
    assert classify_photos(written(tmp_path, cut)).kind == "many photos"
    assert classify_photos(written(tmp_path, stack[:2])).kind == "many photos"
    paths = written(tmp_path, stack)
    paths[2].write_bytes(b"no picture")
    assert classify_photos(paths).kind == "unclear"


def test_real_stacks_and_real_pairs(assets: Path) -> None:
    for name in ("pcb_bench", "leaf"):
        assert classify_photos(sorted(reference(f"photos/stacks/{name}").iterdir())).kind == "one scene"
    assert classify_photos(sorted(assets.glob("*.jpg"))).kind == "many photos"


@pytest.mark.parametrize("name", ["burst", "aeb"])
def test_a_burst_and_a_bracket_of_exposures_are_no_focal_stack(name: str) -> None:
    relation = classify_photos(sorted(reference(f"cases/{name}").iterdir()))
    assert relation.kind == "many photos"
    assert "focus does not change" in relation.reason


def test_noise_is_no_change_of_focus(tmp_path: Path) -> None:
    rng, photo = np.random.default_rng(2), textured(3, 160, 240).astype(int)
    noisy = [np.clip(photo + rng.normal(0, 4, photo.shape), 0, 255).astype(np.uint8) for _ in range(4)]
    assert classify_photos(written(tmp_path, noisy)).kind == "many photos"
