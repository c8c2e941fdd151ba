"""Options that several commands share, and how their values are read."""

import argparse
from pathlib import Path
from typing import NoReturn

from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.depth.sources import DEPTH_CHOICES
from refocus.optics import APERTURE_NAMES
from refocus.pipeline import AUTO
from refocus.results.request import DEFAULT_BLUR, DEFAULT_LONG_SIDE, MAX_DECODE_OVERLAP, MAX_GUIDANCE

BAD_USAGE = 2
BY_ORDER = "order"
"""The input position that is the photo's place in its folder."""
STATUS = "Exit status: 0 done, 1 unexpected, 2 bad usage or input, 3 engine not ready."


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def new_command(
    commands: argparse._SubParsersAction,
    name: str,
    *,
    help: str,  # noqa: A002 - argparse names it so
    description: str,
) -> argparse.ArgumentParser:
    """A command's parser. A description of several lines keeps them; the exit status is told below."""
    as_written = argparse.RawDescriptionHelpFormatter if "\n" in description else argparse.HelpFormatter
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=description, epilog=STATUS, formatter_class=as_written
    )
    return parser


def add_source(parser: argparse.ArgumentParser, out: str) -> None:
    """Add what a finished stack or a photo is made something else of, and where that goes.

    Args:
        out: what --out names.
    """
    parser.add_argument("source", metavar="PHOTO_OR_DIR", help="a photo, or a folder written by `stack`")
    parser.add_argument("--out", metavar="FILE", required=True, type=Path, help=out)


def add_prompt(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add the prompt and what it means to this command."""
    parser.add_argument("--prompt", metavar="TEXT", help=f"{meaning}; options given beside it win")


def add_making(parser: argparse.ArgumentParser, *, aperture: str) -> None:
    """Add what a result is made with; `aperture` is "NAME", or "NAME|FILE" where a drawn shape is taken too."""
    parser.add_argument("--engine", default=None, help=f"{AUTO} (default) or a name from `engines`")
    parser.add_argument(
        "--frames", type=int, default=DEFAULT_FRAMES, help=f"{MIN_FRAMES} to {MAX_FRAMES}; default %(default)s"
    )
    strength = parser.add_mutually_exclusive_group()
    strength.add_argument("--blur", metavar="B", type=float, help=f"strength, 0 to 1; default {DEFAULT_BLUR}")
    strength.add_argument("--f-number", metavar="N", type=float, help="aperture as on a lens, e.g. 1.8")
    strength.add_argument("--k", type=float, help="pixels of blur a diopter, as Genfocus counts it, e.g. 20")
    own = "; or a PNG of your own, white where light passes" if aperture == "NAME|FILE" else ""
    parser.add_argument(
        "--aperture", metavar=aperture, help=f"shape of the lens opening: {', '.join(APERTURE_NAMES)}{own}"
    )
    parser.add_argument("--depth", metavar="FILE", help="your own map: .npy, .npz, 16- or 8-bit PNG")
    parser.add_argument(
        "--depth-is",
        choices=["disparity", "metres"],
        default="disparity",
        help="what the map holds; by default disparity (larger is nearer)",
    )
    parser.add_argument(
        "--depth-source",
        choices=DEPTH_CHOICES,
        default="auto",
        help="auto (default): your own map, else the one the photo carries, else the depth network when one is "
        "configured or here, else the picture alone (built-in); a named one is never replaced",
    )
    parser.add_argument(
        "--depth-model",
        metavar="NAME",
        help="depth network to use: hub name (depth-anything/Depth-Anything-V2-Small-hf, apple/DepthPro-hf) or folder",
    )
    parser.add_argument(
        "--touch-up", metavar="FILE", type=Path, help="strokes that correct the depth (JSON; or a stack.json with some)"
    )
    parser.add_argument("--sharp", action="store_true", help="the photo is already sharp from front to back")
    parser.add_argument(
        "--long-side", metavar="PX", type=int, default=DEFAULT_LONG_SIDE, help="size to compute at; default %(default)s"
    )
    diffusion = parser.add_argument_group("diffusion engines")
    diffusion.add_argument(
        "--model",
        metavar="FOLDER",
        type=Path,
        help="folder of their weights; by default REFOCUS_MODELS, then the hub's",
    )
    diffusion.add_argument(
        "--seed", metavar="N", type=int, default=0, help="of the noise they start from; default %(default)s"
    )
    diffusion.add_argument("--steps", metavar="N", type=int, help="denoising steps; by default as published")
    diffusion.add_argument(
        "--input-position",
        metavar="auto|0..8",
        type=_input_position,
        help="video-diffusion: where the photo was focused, 0 (about 5 cm) to 8 (infinity); by default estimated; for "
        f"a folder of photos also {BY_ORDER!r}: the place of each among the photos of its folder",
    )
    diffusion.add_argument(
        "--full-size", action="store_true", help="video-diffusion: bring the frames to the photo's own size"
    )
    diffusion.add_argument(
        "--guidance",
        metavar="G",
        type=float,
        help=f"video-diffusion: how strictly it keeps to the photo, 0 to {MAX_GUIDANCE:g}; by default as published",
    )
    diffusion.add_argument(
        "--decode-overlap",
        metavar="N",
        type=int,
        default=0,
        help=f"video-diffusion: frames that chunks of the decoder share, 0 to {MAX_DECODE_OVERLAP}; by default "
        "%(default)s as published, where the last frame is decoded alone",
    )
    diffusion.add_argument(
        "--corrected-clip",
        action="store_true",
        help="video-diffusion: show CLIP the photo in the range used in training, not as published",
    )


def rate(text: str) -> float:
    """Frames a second of a video."""
    rate = float(text)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{text} is no rate for a video; choose 1 to 60")
    return rate


def _input_position(text: str) -> int | str | None:
    if text == "auto":
        return None
    if text == BY_ORDER:
        return text
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor a whole number") from error


def point(text: str) -> tuple[float, float]:
    """A pixel, written X,Y."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no point; write it as 400,300") from error
    return x, y
