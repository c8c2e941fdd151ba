"""What is installed, and in which versions: on a Space, by the README's command, and by the tests."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ui.running_app import PROJECT
from tests.ui.space.space_header import space_header

BROUGHT_BY_SPACES = {"gradio", "spaces", "huggingface-hub"}
TORCH_ON_ZERO_GPU = {"2.8.0", "2.9.1", "2.10.0", "2.11.0", "2.12.1", "2.13.0"}


def requirements(file: str) -> dict[str, Requirement]:
    """The requirements in a file by name. A name that is there twice fails."""
    lines = (line.split("#")[0].strip() for line in (PROJECT / file).read_text("utf-8").splitlines())
    read = [Requirement(line) for line in lines if line]
    named = {str(canonicalize_name(requirement.name)): requirement for requirement in read}
    assert len(named) == len(read)
    return named


def pins(file: str) -> dict[str, str]:
    """The versions in a file that pins exactly, by name; others are left out."""
    return {
        name: str(requirement.specifier).removeprefix("==")
        for name, requirement in requirements(file).items()
        if re.fullmatch(r"==[\w.]+", str(requirement.specifier))
    }


def test_a_space_gets_exact_versions_of_all_that_it_does_not_bring_itself() -> None:
    wanted = requirements("requirements.txt")
    assert wanted.keys() - pins("requirements.txt").keys() == BROUGHT_BY_SPACES
    assert all(not wanted[name].specifier for name in BROUGHT_BY_SPACES)
    assert pins("requirements.txt")["torch"] in TORCH_ON_ZERO_GPU


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt"])
def test_everywhere_else_every_version_is_exact(file: str) -> None:
    known = pins("requirements.txt") | pins("constraints.txt")
    assert known.keys() >= requirements(file).keys()


def test_no_version_is_written_twice() -> None:
    assert pins("constraints.txt").keys() == requirements("constraints.txt").keys()
    assert not pins("constraints.txt").keys() & pins("requirements.txt").keys()


def test_the_versions_are_within_those_of_the_package() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    ranges = {str(canonicalize_name(r.name)): r.specifier for r in map(Requirement, project["dependencies"])}
    assert requirements("requirements.txt").keys() == ranges.keys()
    for name, version in (pins("constraints.txt") | pins("requirements.txt")).items():
        assert name not in ranges or ranges[name].contains(version), name


def test_the_space_has_the_gradio_and_a_python_that_are_tested() -> None:
    header = space_header()
    assert header["sdk_version"] == pins("constraints.txt")["gradio"]
    workflow = (PROJECT / ".github/workflows/tests.yml").read_text("utf-8")
    assert f'"{header["python_version"]}"' in workflow
    assert header["python_version"] == "3.12"  # ZeroGPU runs 3.10 and 3.12; numpy needs 3.11


@pytest.mark.parametrize("file", ["README.md", "tests/run"])
def test_the_commands_that_install_use_the_exact_versions(file: str) -> None:
    text = (PROJECT / file).read_text("utf-8").replace("\\\n", " ")
    commands = re.findall(r"pip install [^\n&]*-r requirements\.txt[^\n&]*", text)
    assert commands
    assert all("-c constraints.txt" in command for command in commands)
