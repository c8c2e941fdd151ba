import re
from pathlib import Path

from refocus.ui.photo.examples import bundled_examples, example_strip


def test_every_example_has_a_file_and_a_line_about_its_origin(assets: Path) -> None:
    examples = bundled_examples(assets)
    assert 4 <= len(examples) <= 6
    origins = (assets / "README.md").read_text()
    for example in examples:
        assert re.search(rf"\| `{example.path.name}` \|.*\b(CC0|CC BY|public domain)", origins)


def test_the_strip_has_a_named_button_for_each(assets: Path) -> None:
    examples = bundled_examples(assets)
    page = example_strip(examples).html_template
    for example in examples:
        assert f'data-name="{example.path.stem}"' in page
        assert f'aria-label="{example.title}"' in page
    assert page.count("data:image/webp;base64,") == len(examples)


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    assert bundled_examples(tmp_path) == []
