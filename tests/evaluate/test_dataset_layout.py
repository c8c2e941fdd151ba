import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.evaluate.dataset_layout import find_pairs, find_rendered, find_scenes
from refocus.evaluate.frames import TracedScene
from tests.evaluate.pictures import blurred_stack, textured, write_stack
from tests.reference import reference


def inputs(predicted: Path, truth: Path) -> dict[str, list[int | None]]:
    return {task.name: [run.input_position for run in task.runs] for task in find_scenes(predicted, truth)}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two scenes of nine JPEGs, as published."""
    for scene in ("cup", "tree"):
        write_stack(tmp_path / "dataset" / scene, blurred_stack(0), "jpg")
    return tmp_path / "dataset"


def test_a_stack_for_each_input_is_found_inside_and_outside_the_scene(dataset: Path, tmp_path: Path) -> None:
    for scene in ("cup", "tree"):
        for position in (0, 4, 8):
            write_stack(tmp_path / "inside" / scene / f"{position:03d}", blurred_stack(1))
            write_stack(tmp_path / "outside" / f"input_{position}" / scene, blurred_stack(1))
    expected = {"cup": [0, 4, 8], "tree": [0, 4, 8]}
    assert inputs(tmp_path / "inside", dataset) == expected
    assert inputs(tmp_path / "outside", dataset) == expected


def test_stack_json_gives_the_input_position(dataset: Path, tmp_path: Path) -> None:
    for scene, described in (("cup", {"photo": "003"}), ("tree", {"request": {"input_position": 7}})):
        folder = tmp_path / "predicted" / scene
        folder.mkdir(parents=True)
        for index, frame in enumerate(blurred_stack(1)):
            Image.fromarray(frame).save(folder / f"frame_{index:02d}.png")
        Image.fromarray(textured(0)).save(folder / "all_in_focus.png")  # no frame
        (folder / "stack.json").write_text(json.dumps(described))
    assert inputs(tmp_path / "predicted", dataset) == {"cup": [3], "tree": [7]}
    assert inputs(tmp_path / "predicted/cup", dataset / "cup") == {"cup": [3]}


def test_plain_folders_have_no_input_position(dataset: Path, tmp_path: Path) -> None:
    plain = write_stack(tmp_path / "plain", blurred_stack(1))
    assert inputs(plain, dataset / "cup") == {"cup": [None]}


def test_all_problems_are_listed(dataset: Path, tmp_path: Path) -> None:
    predicted = tmp_path / "predicted"
    write_stack(predicted / "cup" / "000", blurred_stack(1, frames=7))
    write_stack(predicted / "cup" / "001", blurred_stack(1, height=30, width=40))
    write_stack(predicted / "cup" / "002", blurred_stack(1, height=60, width=60))
    damaged = write_stack(predicted / "cup" / "003", blurred_stack(1))
    (damaged / "004.png").write_bytes(b"no picture")
    write_stack(predicted / "house", blurred_stack(1))
    with pytest.raises(BadInput) as caught:
        find_scenes(predicted, dataset)
    for said in (
        "Scene tree: nothing is in",
        "Scene house: there is no truth",
        "Scene cup, input 0: 7 predicted frames, but the truth has 9",
        "Scene cup, input 1: predicted 40x30 px, truth 80x60 px; add --resize",
        "Scene cup, input 2: predicted 60x60 px, truth 80x60 px: the proportions differ.",
        "004.png",
    ):
        assert said in caught.value.message


def test_other_sizes_are_accepted_when_allowed(dataset: Path, tmp_path: Path) -> None:
    small = write_stack(tmp_path / "small", blurred_stack(1, height=30, width=40))
    assert len(find_scenes(small, dataset / "cup", any_size=True)) == 1


@pytest.mark.parametrize("same_folder", [True, False])
def test_pairs_are_matched_without_their_endings(same_folder: bool, tmp_path: Path) -> None:
    sharp, blurred = (tmp_path, tmp_path) if same_folder else (tmp_path / "sharp", tmp_path / "blurred")
    for number in (1, 2):
        for folder, ending in ((sharp, "sharp"), (blurred, "blur")):
            folder.mkdir(exist_ok=True)
            Image.fromarray(textured(number)).save(folder / f"photo_{number}_{ending}.png")
    assert [task.name for task in find_pairs(blurred, sharp)] == ["photo_1", "photo_2"]
    Image.fromarray(textured(0)).save(blurred / "lonely_blur.png")
    Image.fromarray(textured(0)).save(sharp / "alone_sharp.png")
    with pytest.raises(BadInput, match=r"lonely has no partner.*alone has no partner"):
        find_pairs(blurred, sharp)


def test_two_files_are_a_pair(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        Image.fromarray(textured(0)).save(tmp_path / f"{name}.png")
    (task,) = find_pairs(tmp_path / "ours.png", tmp_path / "theirs.png")
    assert task.truth.names == ["theirs"]


def test_missing_places_and_folders_without_stacks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"here and no .*there"):
        find_scenes(tmp_path / "here", tmp_path / "there")
    with pytest.raises(BadInput, match="holds no focal stack"):
        find_scenes(tmp_path, tmp_path)
    with pytest.raises(BadInput, match="holds no focal stack"):
        find_rendered(tmp_path)


def test_ray_traced_scenes_are_found(tmp_path: Path) -> None:
    scene = reference("groundtruth/S1/S1.npz")
    (task,) = find_rendered(scene.parent)
    height, width = np.load(scene)["depth"].shape
    assert (len(task.truth.names), task.truth.size(), task.truth.border_px) == (9, (width, height), 13)
    every = reference("groundtruth")
    assert len(find_rendered(every)) == len(list(every.glob("*/*.npz")))
    predicted = write_stack(tmp_path / "S1", blurred_stack(0, height=height, width=width))
    (task,) = find_scenes(predicted, scene)
    assert isinstance(task.truth, TracedScene)
