import re
from pathlib import Path

from refocus.ui.photo.examples import bundled_examples, example_strip


def test_every_example_has_a_file_and_a_line_about_its_origin(assets: Path) -> None:
    examples = bundled_examples(assets)
    assert 4 <= len(examples) <= 6
    origins = (assets / "README.md").read_text()
    for example in examples:
        assert re.search(rf"\| `{example.path.name}` \|.*\b(CC0|CC BY|public domain)", origins)


def test_the_strip_has_a_title_and_a_thumbnail_for_each(assets: Path) -> None:
    examples = bundled_examples(assets)
    items = example_strip(examples).props["examples"]
    assert [(item["name"], item["title"]) for item in items] == [(e.path.stem, e.title) for e in examples]
    assert all(item["thumbnail"].startswith("data:image/webp;base64,") for item in items)


def test_missing_files_are_left_out(tmp_path: Path) -> None:
    assert bundled_examples(tmp_path) == []
