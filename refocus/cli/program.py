"""One program, one module a command: reads the arguments, runs the command, turns errors into an exit status."""

import argparse
import os
import sys
from collections.abc import Sequence

from refocus.cli import bokeh, compare, engines, evaluate, export, prompt, serve, stack, train
from refocus.cli.command_parser import BAD_USAGE, STATUS, Parser
from refocus.core import BadInput, Cancelled, EngineNotReady, RefocusError, StackTooLarge
from refocus.core.settings import MAX_STACK_PIXELS_VARIABLE, Settings

DONE, UNEXPECTED, NOT_READY, STOPPED = 0, 1, 3, 130
_COMMANDS = (stack, bokeh, export, prompt, compare, evaluate, engines, serve, train)

_DESCRIPTION = """\
Give a photo its focus back: a focal stack from near to far, as frames and a video,
or one picture focused where you say.

  python -m refocus stack cat.jpg --out cat/              nine frames and a video
  python -m refocus stack photos/ --out bug/              your own photos, focused step by step
  python -m refocus bokeh cat/ --at 400,300 --out cat.png  the same photo, focused on a point
  python -m refocus bokeh cat/ --prompt "the cat's eyes, heart-shaped bokeh at f/1.4" --out cat.png
  python -m refocus export cat/ --out cat.html            a page that refocuses offline; or .mp4, .webp, .jpg, .png
  python -m refocus compare cat.jpg --out cat.png         engines and settings side by side
  python -m refocus evaluate predicted/ dataset/          numbers, as JSON
  python -m refocus serve                                 the app in the browser
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = argparse.Namespace()
    try:
        args = build_parser().parse_args(arguments)
        args.run(args, Settings.from_environment(os.environ))
        sys.stdout.flush()
        return DONE
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Cancelled, KeyboardInterrupt):
        return _say(getattr(args, "stopped", "Stopped; nothing was written."), STOPPED)
    except StackTooLarge as error:
        return _say(f"{error} Or set {MAX_STACK_PIXELS_VARIABLE} higher for this machine.", BAD_USAGE)
    except BadInput as error:
        return _say(str(error), BAD_USAGE)
    except EngineNotReady as error:
        return _say(str(error), NOT_READY)
    except RefocusError as error:
        return _say(str(error), UNEXPECTED)


def _say(message: str, status: int) -> int:
    sys.stderr.write(f"refocus: {' '.join(message.split())}\n")
    return status


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = Parser(
        prog="python -m refocus",
        description=_DESCRIPTION,
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for command in _COMMANDS:
        command.add_command(commands)
    return parser
