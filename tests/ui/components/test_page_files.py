from pathlib import Path

from refocus.ui.components.page_files import page_code, page_head, shared_script

UI = Path(__file__).resolve().parents[3] / "refocus" / "ui"


def test_what_parts_share_is_sent_once_and_offers_its_functions() -> None:
    assert page_head().count("function makeOverlay(") == 1
    assert "makeOverlay" in shared_script().rsplit("return {", 1)[1]
    for path in UI.rglob("*.js"):
        assert "function makeOverlay(" not in page_code(path) or path.name == "overlays.js"
    assert shared_script().endswith(";\n")  # what follows may begin with a bracket
