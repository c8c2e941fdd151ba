"""The structure of the package: imports run one way and in no circle, and importing it loads nothing heavy."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
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
    {"compare", "evaluate"},
    {"training"},  # above evaluate, whose metrics validate
    {"pipeline"},
    {"ui"},
    {"cli"},  # above ui, because `serve` starts it
    {"__main__"},
]
LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
# Names that several modules have, as they do the same for another model.
SHARED_NAMES = {
    "__main__",
    "checkpoint",
    "engine",
    "inputs",
    "loading",
    "memory",
    "model",
    "network",
    "pipeline",
    "preprocessing",
    "run_settings",
    "train",
}
# Entry points, commands of a line or two, and hand-made components whose code is JavaScript.
SMALL_MODULES = {
    "__main__.py",
    "cli/prompt.py",
    "cli/serve.py",
    "media/photo_files.py",
}
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


def test_nothing_but_its_command_imports_training() -> None:
    for path in modules():
        if room_of(path) != "training" and path != PACKAGE / "cli" / "train.py":
            assert not [name for name in imported_names(path) if name.startswith("refocus.training")], path
    assert not [target for target in import_graph()["refocus.cli.train"] if target.startswith("refocus.training")]


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of_a_module(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run with the module, or count for its types; not those inside functions."""
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.If):
            yield from imports_of_a_module([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            yield from imports_of_a_module(statement.body)


def import_graph() -> dict[str, set[str]]:
    """Modules by name, with the modules of the package they import."""
    paths = {module_name(path): path for path in [PACKAGE / "__init__.py", *modules()]}
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        graph[module] = set()
        for statement in imports_of_a_module(ast.parse(path.read_text(encoding="utf-8")).body):
            for alias in statement.names:
                if isinstance(statement, ast.Import):
                    target = alias.name
                else:
                    inside = f"{statement.module}.{alias.name}"
                    target = inside if inside in paths else str(statement.module)
                if target in paths and target != module:
                    graph[module].add(target)
    return graph


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(import_graph()).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_two_modules_of_one_name_mean_the_same() -> None:
    names = Counter(path.stem for path in modules() if path.stem != "__init__")
    assert {name for name, count in names.items() if count > 1} <= set(SHARED_NAMES)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_have_40_to_300_lines(path: Path) -> None:
    if path.stem != "__init__" and path.relative_to(PACKAGE).as_posix() not in SMALL_MODULES:
        assert 40 <= len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("module", ["refocus", "refocus.pipeline", "refocus.cli"])
def test_importing_is_light(module: str) -> None:
    heavy = {"torch", "diffusers", "transformers", "gradio", "scipy"}
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
