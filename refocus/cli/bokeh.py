"""`bokeh`: one picture, focused where the user says."""

import argparse
from dataclasses import replace
from pathlib import Path

from refocus.cli.arguments import RequestArguments, inputs_of
from refocus.cli.command_parser import add_option, add_prompt, add_request_options, add_source, new_command, point
from refocus.cli.make_stack import load_or_make
from refocus.cli.output import progress_bar, report
from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.media import check_output_file
from refocus.media.mask import read_focus_mask
from refocus.media.stills import check_picture_path, save_picture
from refocus.results.bokeh_picture import bokeh_picture
from refocus.results.focus_pull import focus_pull
from refocus.results.run_options import PICTURE_OPTIONS


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = new_command(
        commands,
        "bokeh",
        help="one picture, focused where you say",
        description="Render a picture, as a prompt says or focused on a point, a stack position or a mask: of a photo "
        "or a folder that `stack` wrote (then nothing is estimated again). With --out ending in .mp4 and a prompt "
        "such as “rack focus from the cup to the window” it is a video of that focus pull.",
    )
    add_source(parser, "picture to write: .png or .jpg")
    add_prompt(parser, "what a photographer would say: “focus on the red car on the left, f/1.4, star-shaped bokeh”")
    focus = parser.add_mutually_exclusive_group()
    focus.add_argument(
        "--at",
        metavar="X,Y",
        type=point,
        help="pixel of the photo to be sharp; by default the main subject",
    )
    focus.add_argument("--position", metavar="P", type=float, help="stack position, 0 nearest; may be fractional")
    for declared in PICTURE_OPTIONS.values():
        add_option(focus, declared)
    add_request_options(parser, drawn_aperture=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> None:
    """Render the picture, or the video of a focus pull, and write it."""
    out: Path = args.out
    check_output_file(out, inputs_of(args))
    arguments = RequestArguments.read(args, drawn_aperture=True)
    mask = None if args.focus_mask is None else read_focus_mask(args.focus_mask)
    request = arguments.bokeh_request(at=args.at, position=args.position, mask=mask)
    is_video = out.suffix.lower() == ".mp4"
    if is_video and not request.pulls_focus:
        raise BadInput("A video needs a focus pull.", todo='Add, for instance, --prompt "from the cup to the window".')
    if not is_video:
        check_picture_path(out)
    with progress_bar() as progress:
        result = load_or_make(args.source, arguments, settings, progress)
        if is_video:
            pull = focus_pull(result, request, progress=progress)
            pull.write(out, progress=progress)
            notes = pull.notes
        else:
            made = bokeh_picture(result, request)
            save_picture(out, made.picture)
            notes = made.notes
            if request.pulls_focus:
                notes = (*notes, "End --out in .mp4 for a video of the whole pull.")
    report(replace(result, prompt_notes=notes), str(out))  # in place of those of the stack's own prompt
