"""`evaluate`: the numbers of predicted stacks against true ones."""

import argparse
import sys
from dataclasses import replace

from refocus.batch import Processes
from refocus.cli.arguments import inputs_of
from refocus.cli.command_parser import file_path, new_command
from refocus.cli.output import agree, progress_bar, raise_failures
from refocus.core import BadInput, silent
from refocus.core.settings import Settings
from refocus.core.user_text import json_text
from refocus.engines.photo_stack import PHOTO_ORDERS
from refocus.evaluate import (
    EvaluationOptions,
    SceneTask,
    check_evaluation_folder,
    evaluate,
    find_pairs,
    find_rendered,
    find_scenes,
    load_metrics,
)
from refocus.evaluate.k_series import find_k_series, is_k_series
from refocus.evaluate.lpips import VGG_WEIGHTS
from refocus.evaluate.protocols import PROTOCOL_NAMES, PROTOCOLS
from refocus.evaluate.published import format_table
from refocus.media import check_output_folder
from refocus.models.weights.hub import fetch

_DESCRIPTION = """\
Compare predicted focal stacks with true ones, frame by frame: PSNR, SSIM, LPIPS (VGG), FID and VIF over the grid of
input position by output position. Prints JSON; with --out also writes evaluation.json, frames.csv (every picture),
grid.csv and grid.png (a heat map).

TRUTH is a folder of scenes, each a folder of pictures from the nearest focus to the farthest (the published data set:
nine JPEGs a scene), or one such scene. PREDICTED has the same scenes; each is a stack, as `stack` writes it or plain
pictures, or holds one stack for each input position, in folders named after the photo that was the input or ending in
its number. `stack TRUTH --each --out PREDICTED` makes just that.

  python -m refocus evaluate predicted/ dataset/ --out numbers/
  python -m refocus evaluate predicted/bug dataset/bug --register     photos of a real camera, not aligned
  python -m refocus evaluate photos/ photos/ --pairs                  1_blur.png against 1_sharp.png, and so on
  python -m refocus evaluate series/ truth/ --protocol genfocus       series/SCENE/k_15.png, ..., truth/SCENE.png
  python -m refocus evaluate --renderer groundtruth/                  this program's renderer against ray tracing
"""


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands,
        "evaluate",
        help="numbers of predicted stacks against true ones, as JSON, CSV and a heat map",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "places", metavar="PREDICTED TRUTH", nargs="*", type=file_path, help="two folders, or two files"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=file_path, help="folder for the numbers; continues where it stopped"
    )
    parser.add_argument("--force", action="store_true", help="replace other numbers in that folder, never other files")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOL_NAMES,
        default=PROTOCOL_NAMES[0],
        help="learn2refocus: PSNR pooled over scenes, VIF as published; genfocus: perceptual metrics, and K of each "
        "picture by the best SSIM; both print published results beside these",
    )
    listed = "; ".join(f"{name}: {','.join(protocol.metrics)}" for name, protocol in PROTOCOLS.items())
    parser.add_argument(
        "--metrics", metavar="LIST", type=_names, help=f"by default all of the protocol that can be measured; {listed}"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--pairs", action="store_true", help="single pictures, matched by name")
    kind.add_argument(
        "--renderer", action="store_true", help="give TRUTH alone: ray-traced scenes, rendered here and compared"
    )
    parser.add_argument(
        "--register", action="store_true", help="align the truth's photos first, and lay the prediction on them"
    )
    parser.add_argument("--resize", action="store_true", help="bring predicted pictures to the truth's size")
    parser.add_argument(
        "--truth-order",
        choices=["near-first", *(order for order in PHOTO_ORDERS if order != "near-first")],
        default="near-first",
        help="where the truth's first photo is focused; auto estimates it from the colour of blur, needs --register",
    )
    parser.add_argument("--border", metavar="PX", type=int, default=0, help="leave out so many pixels on each side")
    parser.add_argument(
        "--model", metavar="FOLDER", type=file_path, help="weights of LPIPS and FID; else REFOCUS_MODELS"
    )
    parser.add_argument("--download", action="store_true", help="get the weights of LPIPS from the hub first")
    parser.add_argument("--yes", action="store_true", help="download without asking; you have read the licence")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Measure, print JSON, write the folder."""
    if args.model is not None:
        settings = replace(settings, models=args.model)
    if args.download:
        fetch(VGG_WEIGHTS, lambda download: agree(download, args.yes))
        if not args.places:
            return
    options = EvaluationOptions(args.register, args.resize, args.truth_order, args.border, args.protocol)
    if args.out is not None:
        check_output_folder(args.out, inputs_of(args))
    tasks = _tasks(args, any_size=args.register or args.resize)
    if args.out is not None:
        check_evaluation_folder(args.out, tasks)
        args.stopped = f"Stopped; {args.out} keeps the scenes that were measured. The same command measures the rest."
    processes = Processes.from_environment()
    metrics = load_metrics(
        args.metrics, protocol=args.protocol, models=settings.models, device=settings.device or processes.device
    )
    if processes.is_first:
        sys.stderr.writelines(f"{why}\n" for why in metrics.left_out.values())
    with progress_bar() as bar:
        progress = bar if processes.is_first else silent
        evaluation = evaluate(
            tasks, metrics, options, out=args.out, force=args.force, processes=processes, progress=progress
        )
    if processes.is_first:
        if args.protocol != PROTOCOL_NAMES[0]:
            sys.stderr.write(format_table(evaluation.comparison()))
        sys.stdout.write(json_text(evaluation.to_json(), indent=1) + "\n")
        raise_failures(evaluation.outcome, "scene")


def _tasks(args: argparse.Namespace, *, any_size: bool) -> tuple[SceneTask, ...]:
    need = 1 if args.renderer else 2
    if len(args.places) != need:
        expected = "TRUTH alone" if args.renderer else "PREDICTED and TRUTH"
        raise BadInput(f"{len(args.places)} places were given.", todo=f"Give {expected}; see `evaluate --help`.")
    if args.renderer:
        return find_rendered(args.places[0])
    predicted, truth = args.places
    if args.protocol == "genfocus" and is_k_series(predicted):
        return find_k_series(predicted, truth, any_size=any_size)
    pairs = args.pairs or (predicted.is_file() and truth.is_file() and truth.suffix != ".npz")
    return (find_pairs if pairs else find_scenes)(predicted, truth, any_size=any_size)


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]
