from pathlib import Path

import pytest

from refocus.ui.code import page_code, without_comments

UI = Path(__file__).resolve().parents[2] / "refocus" / "ui"
MOST_BYTES = 60_000


def test_comments_and_indentation_go_and_nothing_else() -> None:
    script = 'const a = 1; // kept\n\n  // gone\n  const b = "// kept";\n'
    assert without_comments(script, is_style=False) == 'const a = 1; // kept\nconst b = "// kept";'
    style = "/* gone\n too */\n.a {\n  color: red; /* gone */\n}\n"
    assert without_comments(style, is_style=True) == ".a {\ncolor: red;\n}"


@pytest.mark.parametrize("path", sorted(UI.rglob("*.js")), ids=lambda path: path.name)
def test_no_text_of_a_script_spans_lines(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        assert line.count("`") % 2 == 0, f"{path.name}:{number}: its indentation would be lost"


def test_the_pages_own_code_stays_small() -> None:
    files = [path for ending in ("js", "css") for path in UI.rglob(f"*.{ending}")]
    assert sum(len(page_code(path).encode()) for path in files) < MOST_BYTES
