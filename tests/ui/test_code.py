from pathlib import Path

import pytest

from refocus.ui.code import page_code, page_head, shared_script, without_comments

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


def test_what_parts_share_is_sent_once_and_offers_its_functions() -> None:
    assert page_head().count("function makeOverlay(") == 1
    assert "makeOverlay" in shared_script().rsplit("return {", 1)[1]
    own = [path for path in UI.rglob("*.js") if page_code(path) not in shared_script()]
    assert len(own) > 4
    for path in own:
        assert "function makeOverlay(" not in page_code(path)
