import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from refocus.batch import Outcome
from refocus.batch.photo_folder import MADE_FROM, find_photos, stack_photos
from refocus.core import BadInput, Progress


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("cat.jpg", "dog.PNG", "dog.jpg", "trip/10.jpg", "trip/9.jpg", "notes.txt", ".hidden/a.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "photos"


def make(path: Path, place: Path, made_from: Mapping[str, Any], progress: Progress) -> None:
    if path.read_text() == "bad":
        raise BadInput("It is damaged.")
    place.mkdir(parents=True, exist_ok=True)
    (place / "stack.json").write_text(json.dumps({"format": 1, "focus_disparity": [1, 0], MADE_FROM: made_from}))


def run(photos: Path, out: Path, blur: float = 0.6, *, force: bool = False) -> Outcome:
    return stack_photos(find_photos(photos, out=out), make, out, settings={"blur": blur}, force=force)


def test_result_names_are_unique(photos: Path) -> None:
    found = find_photos(photos)
    assert list(found) == ["cat", "dog-jpg", "dog-PNG", "trip/9", "trip/10"] or list(found) == [
        "cat", "dog-PNG", "dog-jpg", "trip/9", "trip/10",
    ]  # fmt: skip
    assert found["trip/9"] == photos / "trip/9.jpg"


def test_results_are_not_taken_for_photos(photos: Path) -> None:
    for folder in ("out", "older stack"):
        (photos / folder).mkdir()
        (photos / folder / "frame_00.png").write_text("")
    (photos / "older stack" / "stack.json").write_text("{}")
    assert len(find_photos(photos, out=photos / "out")) == 5
    with pytest.raises(BadInput, match="is the input"):
        find_photos(photos / ".hidden" / "..", out=photos)
    with pytest.raises(BadInput, match="holds no photos"):
        find_photos(photos / "older stack", out=photos / "out")


def test_done_photos_are_skipped_and_failed_ones_tried_again(photos: Path, tmp_path: Path) -> None:
    (photos / "cat.jpg").write_text("bad")
    first = run(photos, tmp_path / "out")
    assert ([failure.name for failure in first.failed], len(first.made)) == (["cat"], 4)
    (photos / "cat.jpg").write_text("good")
    second = run(photos, tmp_path / "out")
    assert (second.made, len(second.skipped)) == (("cat",), 4)


def test_other_stacks_are_kept_without_force(photos: Path, tmp_path: Path) -> None:
    run(photos, tmp_path / "out")
    with pytest.raises(BadInput, match=r"cat.*--force"):
        run(photos, tmp_path / "out", blur=0.9)
    (photos / "cat.jpg").write_text("another cat")
    with pytest.raises(BadInput, match="settings: cat"):
        run(photos, tmp_path / "out")
    assert run(photos, tmp_path / "out", force=True).made == ("cat",)
    assert len(run(photos, tmp_path / "out", blur=0.9, force=True).made) == 5


def test_a_foreign_stack_is_not_overwritten(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out/cat").mkdir(parents=True)
    (tmp_path / "out/cat/stack.json").write_text("{}")
    with pytest.raises(BadInput, match="settings: cat"):
        run(photos, tmp_path / "out")
