"""`engines`: what is ready here, what is missing and how to get it."""

import argparse
import sys

from refocus.cli.downloading import agree
from refocus.core.settings import Settings
from refocus.pipeline import RefocusPipeline


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("engines", help="each engine: ready, or what is missing and what to do")
    parser.add_argument("--download", metavar="NAME", help="get the weights of that line from the Hugging Face hub")
    parser.add_argument("--yes", action="store_true", help="download without asking; you have read the licences")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Download what is asked for, then print the state of each engine and helper."""
    pipeline = RefocusPipeline(settings)
    if args.download is not None:
        pipeline.downloadable(args.download).download(lambda download: agree(download, args.yes))
    for engine in (*pipeline.engines, *pipeline.helpers):
        state = engine.readiness()
        ready = f"ready when asked for by name: {state.only_by_name}" if state.only_by_name else "ready"
        sys.stdout.write(f"{engine.spec.name:16} {ready if state.ready else 'not ready: ' + state.why}\n")
        sys.stdout.write(f"{'':16} {engine.spec.summary} {engine.spec.needs}\n")
        if not state.ready:
            sys.stdout.write(f"{'':16} {state.todo}\n")
