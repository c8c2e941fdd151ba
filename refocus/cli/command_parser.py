"""Options that several commands share, and how their values are read."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from refocus.core.settings import DIFFUSION_ENGINES
from refocus.results.options import Option
from refocus.results.request import OPTIONS
from refocus.results.run_options import RUN_OPTIONS

BAD_USAGE = 2
BY_ORDER = "order"
"""The input position that is the photo's place in its folder."""
STATUS = "Exit status: 0 done, 1 unexpected, 2 bad usage or input, 3 engine not ready."


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def new_command(
    commands: argparse._SubParsersAction,
    name: str,
    *,
    help: str,  # noqa: A002 - argparse names it so
    description: str,
) -> argparse.ArgumentParser:
    """A command's parser. A description of several lines keeps its lines; the exit status stands below it."""
    as_written = argparse.RawDescriptionHelpFormatter if "\n" in description else argparse.HelpFormatter
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=description, epilog=STATUS, formatter_class=as_written
    )
    return parser


def file_name(text: str) -> str:
    """A file or folder an option names; an empty one, as of a shell variable that is not set, would be the current
    folder."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def file_path(text: str) -> Path:
    """As `file_name`, a Path; one through a missing folder and `..` as the place it leads to once folders are made."""
    path = Path(file_name(text))
    return Path(os.path.realpath(path)) if ".." in path.parts and not path.parent.exists() else path


def add_source(parser: argparse.ArgumentParser, out: str) -> None:
    """Add the source, a photo or a saved stack, and the output file.

    Args:
        out: what --out names.
    """
    parser.add_argument(
        "source", metavar="PHOTO_OR_DIR", type=file_path, help="a photo, or a folder written by `stack`"
    )
    parser.add_argument("--out", metavar="FILE", required=True, type=file_path, help=out)


def add_prompt(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add the prompt and what it means to this command."""
    parser.add_argument("--prompt", metavar="TEXT", help=f"{meaning}; options given beside it win")


def add_request_options(
    parser: argparse.ArgumentParser, *, drawn_aperture: bool = False, place_in_folder: bool = False
) -> None:
    """Add every option of the table that the command line has.

    Args:
        parser: of a command that makes a stack.
        drawn_aperture: whether --aperture may also name a PNG file with a shape of the user's own.
        place_in_folder: whether --input-position may also be the photo's place in its folder.
    """
    diffusion = parser.add_argument_group("diffusion engines")
    exclusive: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for declared in (*RUN_OPTIONS.values(), *OPTIONS.values()):
        if not declared.on_command_line:
            continue
        group: argparse._ActionsContainer = parser
        if declared.exclusive_group:
            if declared.exclusive_group not in exclusive:
                exclusive[declared.exclusive_group] = parser.add_mutually_exclusive_group()
            group = exclusive[declared.exclusive_group]
        elif declared.engines and declared.engines <= DIFFUSION_ENGINES:
            group = diffusion
        arguments = _argument(declared)
        if declared.name == "aperture" and drawn_aperture:
            arguments["metavar"] += "|FILE"
            arguments["help"] += "; or a PNG of your own, white where light passes"
        if declared.name == "input_position" and place_in_folder:
            arguments["type"] = _reader(declared, extra_word=BY_ORDER)
            arguments["help"] += f"; for a folder of photos also {BY_ORDER!r}: the place of each in its folder"
        group.add_argument(declared.flag, **arguments)


def add_option(group: argparse._ActionsContainer, declared: Option) -> None:
    """Add one option of the table to a parser or group."""
    group.add_argument(declared.flag, **_argument(declared))


def default_of(declared: Option) -> Any:
    """Its default on the command line: None for one that a prompt may give, or that is read from a file."""
    return None if declared.from_prompt or declared.value_type is tuple else declared.default


def _argument(declared: Option) -> dict[str, Any]:
    """What argparse needs to know of an option."""
    only = f"{next(iter(declared.engines))}: " if len(declared.engines) == 1 else ""
    text = f"{only}{declared.help}".replace("%", "%%")
    if declared.value_type is bool:
        return {"action": "store_true", "help": text}
    if declared.files:
        return {"nargs": "+", "type": Path, "default": declared.default, "metavar": declared.metavar, "help": text}
    default = default_of(declared)
    if isinstance(default, int):
        text += "; default %(default)s"
    arguments = {"default": default, "metavar": declared.metavar, "help": text, "type": _reader(declared)}
    if declared.choices and declared.metavar is None:
        arguments["choices"] = declared.choices
    return arguments


def _reader(declared: Option, *, extra_word: str = "") -> Callable[[str], Any]:
    """Reads the text of an argument: a number, a path, the word that leaves the option unset, or the text itself."""
    convert = Path if declared.value_type is tuple else declared.value_type

    def read(text: str) -> Any:
        if declared.unset_word and text == declared.unset_word:
            return None
        if extra_word and text == extra_word:
            return text
        try:
            return convert(text)
        except ValueError as error:
            if not declared.unset_word:
                raise
            raise argparse.ArgumentTypeError(
                f"{text!r} is neither {declared.unset_word} nor {declared.allowed}"
            ) from error

    read.__name__ = convert.__name__  # argparse names it in "invalid int value"
    return read


def rate(text: str) -> float:
    """Frames a second of a video."""
    rate = float(text)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{text} is no rate for a video; choose 1 to 60")
    return rate


def point(text: str) -> tuple[float, float]:
    """A pixel, written X,Y."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no point; write it as 400,300") from error
    return x, y
