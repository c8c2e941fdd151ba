"""`stack` of a folder of unrelated photos: a stack of each, resumed, and shared between processes."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refocus.batch import Outcome, Processes
from refocus.batch.photo_folder import MADE_FROM, classify_photos, find_photos, stack_photos
from refocus.cli.arguments import StackArguments
from refocus.cli.command_parser import BY_ORDER
from refocus.cli.make_stack import StackMaker, save_with_prompt
from refocus.cli.output import progress_bar, raise_failures
from refocus.core import BadInput, Progress, portion, silent
from refocus.core.settings import Settings
from refocus.media import is_stack_folder
from refocus.media.photo_files import photos_in, picture_files


@dataclass(frozen=True, slots=True)
class FolderKind:
    """Whether a folder becomes a stack of each photo or one stack of all, and why."""

    each: bool
    why: str


def add_folder_options(parser: argparse.ArgumentParser) -> None:
    """Add what only a folder of photos has."""
    folder = parser.add_argument_group("folder of photos")
    which = folder.add_mutually_exclusive_group()
    which.add_argument("--one-scene", action="store_true", help="its photos are one focal stack")
    which.add_argument(
        "--each",
        action="store_true",
        help="a stack of each photo, also in folders in it; continues where it was stopped, and shares the photos with "
        "other processes, such as those of `accelerate launch -m refocus stack ...`",
    )
    folder.add_argument(
        "--force",
        action="store_true",
        help="make those again that were made from other photos or settings; files that are not a stack's own, or were "
        "changed since, are never replaced",
    )


def refuse_folder_options(arguments: StackArguments) -> None:
    """Refuse what makes no sense for a single photo or a single stack. Raises BadInput."""
    folder_options = {
        "--each": arguments.each,
        "--force": arguments.force,
        f"--input-position {BY_ORDER}": arguments.request_args.by_order,
        "--one-scene": arguments.one_scene and not arguments.photo.is_dir(),
    }
    given = [name for name, is_given in folder_options.items() if is_given]
    if given:
        raise BadInput(f"{' and '.join(given)} is for a folder of unrelated photos.", todo="Leave it out.")


def kind_of_folder(arguments: StackArguments, settings: Settings) -> FolderKind:
    """What the options say, or the photos tell.

    Raises:
        BadInput: when neither is clear.
    """
    folder = arguments.photo
    if arguments.each or arguments.one_scene:
        return FolderKind(arguments.each, "")
    if not picture_files(folder) and _holds_photos_below(folder):
        return FolderKind(True, f"{folder} has folders of photos in it: each photo becomes a stack.")
    photos = photos_in(folder)
    relation = classify_photos(photos, max_pixels=settings.max_pixels)
    if relation.kind == "unclear":
        raise BadInput(
            f"It is not clear what {folder} is: {relation.reason}.",
            todo="Add --one-scene if it is one focal stack, or --each for a stack of each photo.",
        )
    if relation.kind == "many photos":
        return FolderKind(
            True, f"A stack of each photo, as {relation.reason}; --one-scene takes them as one focal stack."
        )
    return FolderKind(False, f"One focal stack, as {relation.reason}; --each makes a stack of each photo.")


def run_each(arguments: StackArguments, settings: Settings, why: str) -> None:
    """Make the stacks; failures are listed at the end."""
    if arguments.request_args.run.depth:
        raise BadInput("One depth map cannot fit several photos.", todo="Leave --depth out.")
    if arguments.request_args.run.pre_deblurred:
        raise BadInput("One pre-deblurred picture cannot fit several photos.", todo="Leave --pre-deblurred out.")
    if arguments.request_args.run.more_photos:
        raise BadInput("More photos of one scene cannot fit several photos.", todo="Leave --more-photos out.")
    photos = find_photos(arguments.photo, out=arguments.out)
    processes = Processes.from_environment()
    if settings.device is None:
        settings = replace(settings, device=processes.device)
    maker = StackMaker.create(arguments.request_args, settings, arguments.saved)
    bokeh_request = arguments.request_args.bokeh_request()
    if processes.is_first and why:
        sys.stderr.write(why + "\n")

    def make(path: Path, folder: Path, made_from: Mapping[str, Any], progress: Progress) -> None:
        position = _place(path) if arguments.request_args.by_order else maker.request.input_position
        own = replace(maker, request=replace(maker.request, input_position=position))
        result = own.make(path, portion(progress, 0, 0.7))
        progress, more = portion(progress, 0.7, 1), {MADE_FROM: made_from}
        save_with_prompt(result, bokeh_request, folder, fps=arguments.fps, more=more, progress=progress)

    with progress_bar() as progress:
        outcome = stack_photos(
            photos,
            make,
            arguments.out,
            settings=_stack_settings(maker, arguments),
            force=arguments.force,
            processes=processes,
            progress=progress if processes.is_first else silent,
        )
    if processes.is_first:
        _report(outcome, arguments.out)
        raise_failures(outcome, "photo")


def _stack_settings(maker: StackMaker, arguments: StackArguments) -> dict[str, Any]:
    """The settings that distinguish stacks of the same photo."""
    position = {"input_position": BY_ORDER} if arguments.request_args.by_order else {}
    others = {"engine": maker.engine, "prompt": arguments.request_args.prompt, "fps": arguments.fps}
    return {**maker.request.to_options(), **position, **others}


def _place(path: Path) -> int:
    """The photo's place among those of its folder."""
    return photos_in(path.parent).index(path)


def _holds_photos_below(folder: Path) -> bool:
    return not is_stack_folder(folder) and any(path.is_dir() for path in folder.iterdir())


def _report(outcome: Outcome, out: Path) -> None:
    counted = {
        "made": len(outcome.made),
        "done before": len(outcome.skipped),
        "failed": len(outcome.failed),
        "in work in another run": len(outcome.elsewhere),
    }
    counts = ", ".join(f"{number} {what}" for what, number in counted.items() if number or what == "made")
    sys.stdout.write(f"Stacks in {out}: {counts}.\n")
