import json
from pathlib import Path

import numpy as np
import pytest

from refocus.core import BadInput, silent
from refocus.engines import ThinLensEngine
from refocus.media import Photo
from refocus.results import Refocused, RefocusRequest
from refocus.results.saved import load_refocused


@pytest.fixture(scope="module")
def refocused(two_planes: Photo) -> Refocused:
    return ThinLensEngine().refocus(two_planes, RefocusRequest(frames=3, blur=1, sharp=True), silent)


def test_each_pixel_is_sharp_in_the_frame_focused_on_it(refocused: Refocused) -> None:
    positions = refocused.stack.position_of(refocused.scene.disparity.values)
    assert (positions[20:52, 32:64] == 0).all()
    assert (positions[:, :32] == 2).all()


def test_bokeh_at_a_point_focuses_what_is_there(refocused: Refocused) -> None:
    square, wall = refocused.bokeh(at=(48, 36)), refocused.bokeh(at=(5, 5))
    assert (square == refocused.at(0)).all()
    assert (wall == refocused.at(2)).all()


def test_without_a_point_the_middle_is_sharp(refocused: Refocused) -> None:
    assert (refocused.bokeh() == refocused.bokeh(at=(48, 36))).all()


def test_points_are_those_of_the_photo_not_of_the_stack(two_planes: Photo) -> None:
    large = Photo(np.repeat(np.repeat(two_planes.rgb, 2, 0), 2, 1), disparity=two_planes.disparity)
    result = ThinLensEngine().refocus(large, RefocusRequest(frames=3, blur=1, long_side=96), silent)
    assert (result.bokeh(at=(96, 72)) == result.at(0)).all()
    assert (result.bokeh(at=(10, 10)) == result.at(2)).all()


def test_each_option_of_bokeh_changes_the_picture(refocused: Refocused) -> None:
    plain = refocused.bokeh(position=2)
    assert (refocused.bokeh(position=1) != plain).any()
    assert (refocused.bokeh(position=2, blur=0.3) != plain).any()
    assert (refocused.bokeh(position=2, f_number=8) != plain).any()
    assert (refocused.bokeh(position=2, aperture="heart") != plain).any()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"at": (96, 5)}, "96x72 px"),
        ({"at": (-1, 5)}, "outside the picture"),
        ({"at": (float("nan"), 5)}, "outside the picture"),
        ({"position": 2.5}, "0 (nearest) to 2 (farthest)"),
        ({"position": 1, "at": (1, 1)}, "one of them"),
        ({"aperture": "banana"}, "circle"),
        ({"blur": 2}, "0 to 1"),
    ],
)
def test_bad_wishes_are_refused(refocused: Refocused, asked: dict, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        refocused.bokeh(**asked)
    assert said in str(caught.value)


def test_saving_and_loading_gives_the_same_again(refocused: Refocused, tmp_path: Path) -> None:
    refocused.save(tmp_path / "out")
    again = load_refocused(tmp_path / "out")
    assert (again.stack.frames == refocused.stack.frames).all()
    assert again.stack.focus_disparity == pytest.approx(refocused.stack.focus_disparity)
    assert (again.scene.disparity.values == refocused.scene.disparity.values).all()
    assert again.request == refocused.request
    assert again.notes == refocused.notes
    assert (again.bokeh(at=(5, 5)) == refocused.bokeh(at=(5, 5))).all()


def test_a_folder_of_a_later_version_is_refused(refocused: Refocused, tmp_path: Path) -> None:
    refocused.save(tmp_path / "out")
    description = tmp_path / "out" / "stack.json"
    description.write_text(json.dumps({**json.loads(description.read_text()), "format": 3}))
    with pytest.raises(BadInput, match="has format 3, and this version of Refocus reads up to 2"):
        load_refocused(tmp_path / "out")


def test_the_description_names_engine_request_and_versions(refocused: Refocused, tmp_path: Path) -> None:
    refocused.save(tmp_path)
    described = json.loads((tmp_path / "stack.json").read_text())
    assert described["engine"] == "thin-lens"
    assert described["request"]["blur"] == 1
    assert described["positions"] == [0, 1, 2]
    assert described["seed"] is None
    assert set(described["seconds"]) == set(refocused.seconds)
    assert described["versions"]["numpy"] == np.__version__


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no focal stack"):
        load_refocused(tmp_path)


def test_a_description_of_another_kind_is_refused(refocused: Refocused, tmp_path: Path) -> None:
    refocused.save(tmp_path)
    described = json.loads((tmp_path / "stack.json").read_text())
    del described["engine"]
    (tmp_path / "stack.json").write_text(json.dumps(described))
    with pytest.raises(BadInput, match="not one of ours"):
        load_refocused(tmp_path)
