from pathlib import Path

import pytest

from refocus.ui.code import page_code, without_comments

UI = Path(__file__).resolve().parents[2] / "refocus" / "ui"


def test_comments_and_indentation_go_and_nothing_else() -> None:
    script = 'const a = 1; // kept\n\n  // gone\n  const b = "// kept";\n'
    assert without_comments(script, is_style=False) == 'const a = 1; // kept\nconst b = "// kept";'
    style = "/* gone\n too */\n.a {\n  color: red; /* gone */\n}\n"
    assert without_comments(style, is_style=True) == ".a{color: red;}"


@pytest.mark.parametrize("path", sorted(UI.rglob("*.js")), ids=lambda path: path.name)
def test_no_text_of_a_script_spans_lines(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        assert line.count("`") % 2 == 0, f"{path.name}:{number}: its indentation would be lost"


@pytest.mark.parametrize(("face", "most_bytes"), [("refocus", 70_000), ("comparing", 15_000)])
def test_each_faces_own_code_stays_small(face: str, most_bytes: int) -> None:
    files = [path for ending in ("js", "css") for path in UI.rglob(f"*.{ending}")]
    own = [path for path in files if (path.parent.name == "comparing") == (face == "comparing")]
    assert 0 < sum(len(page_code(path).encode()) for path in own) < most_bytes
