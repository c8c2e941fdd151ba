"""What README.md and the documents beside the code say is true: links, files, names, commands, settings."""

import ast
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from refocus.cli import main
from refocus.cli.program import build_parser

PROJECT = Path(__file__).resolve().parents[1]
README = PROJECT / "README.md"
DOCUMENTS = sorted([README, *PROJECT.glob("assets/*.md"), *PROJECT.glob("refocus/**/*.md")])
MAX_LINES = 120
MAX_PICTURE_BYTES = 2_000_000


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def cases(language: str) -> list[ParameterSet]:
    return [
        pytest.param(block, id=f"{named(document)}-{index}")
        for document in DOCUMENTS
        for index, block in enumerate(blocks(document, language))
    ]


def refocus_arguments(block: str) -> Iterator[list[str]]:
    """The arguments of each `refocus` command, without the interpreter or launcher that starts it."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if "refocus" in words:
            yield words[words.index("refocus") + 1 :]


def heading_anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_one_page() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= MAX_LINES


def test_its_picture_is_small() -> None:
    assert (PROJECT / "assets" / "readme.webp").stat().st_size < MAX_PICTURE_BYTES


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    for link in links:
        if "://" not in link:
            name, _, anchor = link.partition("#")
            target = document.parent / name if name else document
            assert target.exists(), link
            assert not anchor or anchor in heading_anchors(target), link


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=named)
def test_files_and_names_in_backquotes_exist(document: Path) -> None:
    quoted = re.findall(r"`([^`\n]+)`", document.read_text("utf-8"))
    for path in filter(re.compile(r"(refocus|tests|assets)/[\w./]*").fullmatch, quoted):
        assert (PROJECT / path).exists(), path
    for name in filter(re.compile(r"refocus(\.\w+)+").fullmatch, quoted):
        pkgutil.resolve_name(name)


@pytest.mark.parametrize("block", cases("bash"))
def test_commands_parse(block: str) -> None:
    for arguments in refocus_arguments(block):
        if arguments[-1:] == ["--help"]:
            with pytest.raises(SystemExit, match="0"):
                main(arguments)
        else:
            build_parser().parse_args(arguments)


@pytest.mark.parametrize("block", cases("python"))
def test_imports_in_examples_exist(block: str) -> None:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                pkgutil.resolve_name(f"{node.module}:{alias.name}")


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r'"(REFOCUS_\w+)"', (PROJECT / "refocus/core/settings.py").read_text("utf-8")))
    assert read == set(re.findall(r"REFOCUS_\w+", (PROJECT / "refocus/docs/settings.md").read_text("utf-8")))
