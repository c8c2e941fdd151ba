from pathlib import Path

import minify
import pytest

from refocus.ui.code import page_code, page_head, shared_script

UI = Path(__file__).resolve().parents[2] / "refocus" / "ui"


def test_what_only_readers_need_goes_and_names_that_others_call_stay(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text("// gone\nfunction called(first) {\n  return `${first}  // kept`;\n}\n")
    assert page_code(script) == "function called(e){return`${e}  // kept`}"
    style = tmp_path / "style.css"
    style.write_text("/* gone\n too */\n.a {\n  color: red;\n}\n")
    assert page_code(style) == ".a{color:red}"


def test_a_script_that_is_none_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text("function {")
    with pytest.raises(minify.MinifyError, match="expected Identifier"):
        page_code(script)


def test_what_parts_share_is_sent_once_and_offers_its_functions() -> None:
    head = page_head()
    assert head.count("makeOverlay:") == head.count("makeOverlay") == 1
    assert "makeOverlay:" in shared_script().rsplit("return{", 1)[1]
    for path in UI.rglob("*.js"):
        assert "function makeOverlay(" not in page_code(path) or path.name == "overlays.js"
    assert shared_script().endswith(";\n")  # what follows may begin with a bracket
