"""`engines`: what is ready here, what is missing and how to get it."""

import argparse
import sys

from refocus.cli.output import agree
from refocus.core.settings import Settings
from refocus.models.focal_stack.memory import modes_table as video_modes
from refocus.models.generative_refocus.memory import modes_table as flux_modes
from refocus.pipeline import RefocusPipeline


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("engines", help="each engine: ready, or what is missing and what to do")
    parser.add_argument("--download", metavar="NAME", help="get the weights of that line from the Hugging Face hub")
    parser.add_argument("--yes", action="store_true", help="download without asking; you have read the licences")
    parser.add_argument(
        "--memory",
        action="store_true",
        help="print what each memory mode of the diffusion engines needs, and the graphics cards it fits",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Download what is requested, then print the state of each engine and helper, or the memory they need."""
    if args.memory:
        sys.stdout.write(_memory())
        return
    pipeline = RefocusPipeline(settings)
    if args.download is not None:
        pipeline.downloadable(args.download).download(lambda download: agree(download, args.yes))
    for engine in (*pipeline.engines, *pipeline.helpers):
        state = engine.readiness()
        ready = f"ready when named: {state.only_by_name}" if state.only_by_name else "ready"
        sys.stdout.write(f"{engine.spec.name:16} {ready if state.ready else 'not ready: ' + state.why}\n")
        sys.stdout.write(f"{'':16} {engine.spec.summary} {engine.spec.needs}\n")
        if not state.ready:
            sys.stdout.write(f"{'':16} {state.todo}\n")


def _memory() -> str:
    video, flux = (704, 704), (1024, 768)
    return (
        f"video-diffusion, at its working size of half a megapixel:\n{video_modes(*video)}\n\n"
        f"generative, for a photo of {flux[0]}x{flux[1]} px:\n{flux_modes(*flux)}\n\n"
        "Counted from parameters and activations, not measured. REFOCUS_MEMORY chooses a mode; by default the best "
        "that fits is taken.\n"
    )
