"""Which part of a network's mask is meant, on a drawn street."""

import cv2
import numpy as np
import pytest

from refocus.core import BadInput
from refocus.subjects import find_with_network, suits_network


class Marks:
    """A network that knows where cars are, a little blurred and not quite sure."""

    name = "Marks"

    def __init__(self, masks, likely: float = 0.8) -> None:
        self.masks, self.likely = masks, likely
        self.asked: list[str] = []

    def __call__(self, rgb, phrase):
        self.asked.append(phrase)
        seen = np.zeros(rgb.shape[:2], np.float32)
        for mask in self.masks:
            small = cv2.resize(mask.astype(np.uint8), seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
            seen[small > 0] = self.likely
        return seen


def overlap(found, wanted) -> float:
    return (found & wanted).sum() / (found | wanted).sum()


@pytest.mark.parametrize(("side", "name"), [("left", "red"), ("right", "blue")])
def test_the_side_decides_between_two(street, side, name):
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


def test_depth_decides_between_two(street):
    rgb, disparity, masks = street
    network = Marks([masks["red"], masks["blue"]])
    near = find_with_network(network, rgb, disparity, "car", None, place="foreground")
    far = find_with_network(network, rgb, disparity, "car", None, place="background")
    assert near is not None
    assert far is not None
    assert near.median_disparity(disparity) > far.median_disparity(disparity) + 0.2


def test_what_it_does_not_see_is_not_made_up(street):
    rgb, disparity, masks = street
    assert find_with_network(Marks([masks["red"]], likely=0.1), rgb, disparity, "spoon", None) is None
    assert find_with_network(Marks([]), rgb, disparity, "spoon", None) is None


def test_a_thing_that_is_only_on_the_other_side_is_still_found(street):
    rgb, disparity, masks = street
    found = find_with_network(Marks([masks["blue"]]), rgb, disparity, "car", "left")
    assert found is not None
    assert overlap(found.mask, masks["blue"]) > 0.8


def test_what_the_built_in_finder_knows_better():
    assert suits_network("red cup")
    assert not suits_network("")
    assert not suits_network("girl's eyes")


def test_sizes_must_fit(street):
    rgb, disparity, _ = street
    with pytest.raises(BadInput, match="disparity map"):
        find_with_network(Marks([]), rgb[:-4], disparity, "car", None)
