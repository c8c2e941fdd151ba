"""Every command keeps its options: their names, whether they take a value, their choices and defaults; not their prose.

When a command gains an option, add it to command_line.json; what is there already stays.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from refocus.cli import main

EXPECTED = json.loads(Path(__file__).with_name("command_line.json").read_text())


def whole_parser() -> argparse.ArgumentParser:
    """The parser that `main` builds, caught when it is about to read the arguments."""
    caught: list[argparse.ArgumentParser] = []

    def catch(self: argparse.ArgumentParser, *_: object, **__: object) -> argparse.Namespace:
        caught.append(self)
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", catch)
        with pytest.raises(SystemExit):
            main(["--help"])
    return caught[0]


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (chooser,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(chooser.choices)


def described(parser: argparse.ArgumentParser) -> dict[str, Any]:
    """Its arguments by their option strings; those that take none by their place."""
    own = [action for action in parser._actions if not isinstance(action, argparse._SubParsersAction)]
    places = iter(range(len(own)))
    exclusive = [[_name(action) for action in group._group_actions] for group in parser._mutually_exclusive_groups]
    arguments = {
        _name(action) if action.option_strings else f"argument {next(places)}": _argument(action) for action in own
    }
    return {"arguments": arguments, "one of": exclusive}


def _name(action: argparse.Action) -> str:
    return ", ".join(action.option_strings)


def _argument(action: argparse.Action) -> dict[str, Any]:
    facts: dict[str, Any] = {"values": 1 if action.nargs is None else action.nargs}
    if action.required:
        facts["required"] = True
    if action.choices is not None:
        facts["choices"] = list(action.choices)
    if action.default is not argparse.SUPPRESS:
        facts["default"] = action.default
    return facts


def test_the_commands() -> None:
    assert list(commands_of(whole_parser())) == list(EXPECTED)


@pytest.mark.parametrize("command", EXPECTED)
def test_options(command: str) -> None:
    assert described(commands_of(whole_parser())[command]) == EXPECTED[command]


@pytest.mark.parametrize("command", EXPECTED)
def test_help_names_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    help_text = capsys.readouterr().out
    for strings in EXPECTED[command]["arguments"]:
        for option in strings.split(", "):
            assert option in help_text or option.startswith("argument ")
