"""`stack`: a focal stack of a photo."""

import argparse
from dataclasses import replace

from refocus.cli.arguments import StackArguments, inputs_of
from refocus.cli.command_parser import add_prompt, add_request_options, file_name, file_path, new_command, rate
from refocus.cli.make_stack import make_one, save_with_prompt
from refocus.cli.output import progress_bar, report
from refocus.cli.stack_folder import (
    FolderKind,
    add_folder_options,
    kind_of_folder,
    refuse_folder_options,
    run_each,
)
from refocus.core import portion
from refocus.core.settings import Settings
from refocus.engines.photo_stack import PHOTO_ORDERS
from refocus.media import check_output_folder, check_stack_folder


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands,
        "stack",
        help="a focal stack of a photo: frames, video, disparity",
        description="Make a focal stack of a photo: frame_00.png (nearest) and on, all_in_focus.png, disparity.npy, "
        "disparity.png (16 bit), stack.mp4 and stack.json. A folder of 3 or more photos of one still scene, focused "
        "step by step, is aligned and becomes the stack itself; then only the size and the bokeh's options count. "
        "A folder of unrelated photos becomes a folder of stacks, one a photo. The photos tell which of the two it is; "
        "--one-scene and --each say it.",
    )
    parser.add_argument(
        "photo", metavar="PHOTO_OR_DIR", type=file_name, help="JPEG, PNG, WebP, HEIC, AVIF or TIFF, or a folder of them"
    )
    parser.add_argument("--out", metavar="DIR", required=True, type=file_path, help="folder for the results")
    add_prompt(
        parser, "what a photographer would say; gives blur and shape, and “rack focus from A to B” makes stack.mp4"
    )
    add_request_options(parser, place_in_folder=True)
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="make it exactly as before: settings from the app, or the stack.json of a stack, in place of the options",
    )
    parser.add_argument(
        "--photo-order",
        choices=PHOTO_ORDERS,
        default=PHOTO_ORDERS[0],
        help="folder of photos: where the first one is focused; by default the colour of the blur tells",
    )
    parser.add_argument(
        "--fps", type=rate, help="make the video of the bare frames at this rate, instead of a smooth 24 fps sweep"
    )
    add_folder_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Make the stack, or that of each photo, and write its folder."""
    inputs = inputs_of(args)
    check_output_folder(args.out, inputs)
    arguments = StackArguments.read(args)
    kind = kind_of_folder(arguments, settings) if arguments.photo.is_dir() else FolderKind(False, "")
    if kind.each:
        args.stopped = f"Stopped; {arguments.out} keeps the stacks that were finished. The same command makes the rest."
        run_each(arguments, settings, kind.why)
        return
    refuse_folder_options(arguments)
    check_stack_folder(args.out, inputs)
    request = arguments.request_args.bokeh_request()
    with progress_bar() as progress:
        result = make_one(arguments, settings, portion(progress, 0, 0.7))
        progress = portion(progress, 0.7, 1)
        result = save_with_prompt(result, request, arguments.out, fps=arguments.fps, progress=progress)
    made = f"{len(result.stack)} frames and a video in {arguments.out}"
    report(replace(result, engine_notes=tuple(filter(None, (kind.why, *result.engine_notes)))), made)
