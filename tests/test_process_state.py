"""State of the whole process is not changed around work: overlapping work in threads would restore it wrongly."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "refocus"
SETTERS = {
    "basicConfig",
    "catch_warnings",
    "chdir",
    "disable_progress_bar",
    "enable_progress_bar",
    "filterwarnings",
    "freeze",
    "setLevel",
    "setNumThreads",
    "set_default_device",
    "set_default_dtype",
    "set_num_threads",
    "set_tqdm_hook",
    "set_verbosity",
    "set_verbosity_error",
    "seterr",
    "setlocale",
    "simplefilter",
}
# Set once and never restored, by a program at its start or when the first model is loaded.
SET_ONCE = {
    "media/decode.py": {"filterwarnings", "setLevel"},
    "models/weights/components.py": {"set_tqdm_hook", "set_verbosity_error"},
    "training/restore/train.py": {"basicConfig"},
    "ui/app/__init__.py": {"freeze"},
    "ui/app/launch.py": {"basicConfig"},
}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_sets_state_of_the_process(path: Path) -> None:
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert called & SETTERS <= SET_ONCE.get(path.relative_to(PACKAGE).as_posix(), set())
