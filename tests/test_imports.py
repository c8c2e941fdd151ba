"""Holds the direction of imports, and that importing the package is quick and touches nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "refocus"

# A room may import from itself and from rooms of a lower level; rooms of one level do not know each other.
LEVELS = [
    {"core"},
    {"optics", "media"},
    {"prompts"},
    {"models"},
    {"depth", "restore", "subjects"},
    {"results"},
    {"engines"},
    {"batch"},
    {"compare", "evaluate", "training"},
    {"pipeline"},
    {"ui"},
    {"cli"},  # above ui, because `serve` starts it
    {"__main__"},
]
LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
HEAVY_HOMES = {"models", "engines", "depth", "subjects", "training"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room they come from"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(path)
    for name in imported_names(path):
        parts = name.split(".")
        if parts[0] == "refocus":
            target = parts[1]
            assert target in LEVEL_OF, f"{path} imports {name} from the package's face, not from a room"
            assert target == room or LEVEL_OF[target] < LEVEL_OF[room], f"{room} must not import {target} ({path})"
        if parts[0] == "gradio":
            assert room == "ui", f"gradio belongs to ui alone ({path})"
        if parts[0] in {"diffusers", "transformers"}:
            assert room in HEAVY_HOMES, f"{parts[0]} belongs to {sorted(HEAVY_HOMES)} ({path})"


def test_every_room_has_a_level() -> None:
    assert {room_of(path) for path in modules()} <= set(LEVEL_OF)


@pytest.mark.parametrize("module", ["refocus", "refocus.pipeline", "refocus.cli"])
def test_importing_is_light(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'diffusers', 'transformers', 'gradio'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
