"""Regions from the masks of a network, on a drawn street."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.subjects.network_finder import find_with_network, suits_network
from tests.subjects.masks import Mask, Picture, Street, overlap


class Marks:
    """A network that marks given masks with one probability."""

    name = "Marks"

    def __init__(self, masks: list[Mask], likely: float = 0.8) -> None:
        self.masks, self.likely = masks, likely
        self.asked: list[str] = []

    def __call__(self, rgb: Picture, phrase: str) -> NDArray[np.float32]:
        self.asked.append(phrase)
        seen = np.zeros(rgb.shape[:2], np.float32)
        for mask in self.masks:
            small = cv2.resize(mask.astype(np.uint8), seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
            seen[small > 0] = self.likely
        return seen


@pytest.mark.parametrize(("side", "name"), [("left", "red"), ("right", "blue")])
def test_the_side_decides_between_two(street: Street, side: str, name: str) -> None:
    rgb, disparity, masks = street
    network = Marks([masks["red"], masks["blue"]])
    found = find_with_network(network, rgb, disparity, "car", side)
    assert found is not None
    assert overlap(found.mask, masks[name]) > 0.8
    assert network.asked == ["car"]
    assert found.finder == "Marks"
    assert found.confidence == pytest.approx(0.8, abs=0.05)
    assert f"the car, the one on the {side}" in found.explanation
    assert found.median_disparity(disparity) == pytest.approx(0.8 if name == "red" else 0.5, abs=0.05)


def test_depth_decides_between_two(street: Street) -> None:
    rgb, disparity, masks = street
    network = Marks([masks["red"], masks["blue"]])
    near = find_with_network(network, rgb, disparity, "car", None, place="foreground")
    far = find_with_network(network, rgb, disparity, "car", None, place="background")
    assert near is not None
    assert far is not None
    assert near.median_disparity(disparity) > far.median_disparity(disparity) + 0.2


def test_a_weak_mask_gives_no_region(street: Street) -> None:
    rgb, disparity, masks = street
    assert find_with_network(Marks([masks["red"]], likely=0.1), rgb, disparity, "spoon", None) is None
    assert find_with_network(Marks([]), rgb, disparity, "spoon", None) is None


def test_a_thing_only_on_the_other_side_is_found(street: Street) -> None:
    rgb, disparity, masks = street
    found = find_with_network(Marks([masks["blue"]]), rgb, disparity, "car", "left")
    assert found is not None
    assert overlap(found.mask, masks["blue"]) > 0.8


def test_phrases_for_the_built_in_finder() -> None:
    assert suits_network("red cup")
    assert not suits_network("")
    assert not suits_network("girl's eyes")


def test_sizes_must_agree(street: Street) -> None:
    rgb, disparity, _ = street
    with pytest.raises(BadInput, match="disparity map"):
        find_with_network(Marks([]), rgb[:-4], disparity, "car", None)
