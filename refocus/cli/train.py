"""`train`: train a system, or prepare its data. The training code is imported only when it is asked for."""

import argparse
import sys

from refocus.cli.command_parser import Parser, new_command
from refocus.core.settings import Settings

_DESCRIPTION = """\
Train a system, or prepare the data for it. `train SYSTEM --help` lists the settings of a system; they may also stand in
a TOML file. See refocus/training/README.md.

  python -m refocus train prepare focal-stack PHOTOS --out index.jsonl
  python -m refocus train focal-stack --data index.jsonl --out run/ --dry-run
  accelerate launch -m refocus train focal-stack --config run.toml
"""
_PREPARE = "prepare"


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands, "train", help="train a system from your data, or prepare the data", description=_DESCRIPTION
    )
    parser.add_argument("system", metavar="SYSTEM", help="what to train, or `prepare`; `train list` names all")
    parser.add_argument("rest", metavar="...", nargs=argparse.REMAINDER, help="the arguments of the system")
    parser.set_defaults(run=run, stopped="Stopped; a run continues with --resume latest.")


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Run the recipe's own command."""
    from refocus.training.recipes import PREPARATIONS, SYSTEMS

    program, entries, word, rest = "python -m refocus train", SYSTEMS, args.system, args.rest
    if word == "list":
        lines = [f"{name:28} {entry.help}" for name, entry in SYSTEMS.items()]
        lines += [f"{f'{_PREPARE} {name}':28} {entry.help}" for name, entry in PREPARATIONS.items()]
        sys.stdout.write("\n".join(lines) + "\n")
        return
    if word == _PREPARE:
        program, entries, word, rest = f"{program} {_PREPARE}", PREPARATIONS, (rest or [""])[0], rest[1:]
    if word in ("", "-h", "--help"):
        sys.stdout.write("".join(f"{program} {name:20} {entry.help}\n" for name, entry in entries.items()))
        return
    parser = Parser(prog=f"{program} {word}")
    if word not in entries:
        Parser(prog=program).error(f"{word!r} is none of {', '.join(entries)}")
    command = entries[word].load()
    command.add_arguments(parser)
    command.main(parser.parse_args(rest), settings)
