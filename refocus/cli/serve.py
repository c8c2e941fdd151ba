"""`serve`: the app in the browser."""

import argparse

from refocus.core.settings import Settings


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help="the app in the browser; the same as `python app.py`")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Serve until stopped."""
    from refocus.ui.app import run_app

    run_app(settings)
