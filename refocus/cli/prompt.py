"""`prompt`: what a bokeh prompt is understood to say."""

import argparse
import sys

from refocus.core.settings import Settings
from refocus.prompts import parse_prompt


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("prompt", help="what a bokeh prompt is understood to say, as JSON")
    parser.add_argument("text", metavar="TEXT", nargs="+", help='such as "focus on the dog, f/1.4, heart-shaped bokeh"')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Print the BokehSpec as JSON."""
    sys.stdout.write(parse_prompt(" ".join(args.text)).to_json() + "\n")
