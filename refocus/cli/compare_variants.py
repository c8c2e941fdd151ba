"""What `compare --with` says: the variants to compare, before there is a photo."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from refocus.cli.arguments import RequestArguments
from refocus.cli.command_parser import Parser, add_request_options
from refocus.compare.variants import Variant
from refocus.core import BadInput, Problems
from refocus.core.sizes import CROPPED_TOLERANCE, check_aspect
from refocus.depth.file import read_photo_depth
from refocus.media import Photo
from refocus.results.blur_amount import BLUR_UNITS
from refocus.results.request import OPTIONS
from refocus.results.run_options import RUN_OPTIONS, RunOptions

_OPTIONS = {**RUN_OPTIONS, **OPTIONS}
_SWITCHES = frozenset(name for name, declared in _OPTIONS.items() if declared.value_type is bool)
_PATHS = {"depth_model", *(name for name, declared in _OPTIONS.items() if declared.value_type in (Path, tuple))}


@dataclass(frozen=True, slots=True)
class VariantArguments:
    """One variant before there is a photo.

    Attributes:
        variant: without the user's own depth map and pre-deblurred picture.
        run: has those: each a file, or a folder with one for each photo.
    """

    variant: Variant
    run: RunOptions

    def of(self, name: str, size: tuple[int, int], *, max_pixels: int) -> Variant:
        """The variant for a photo of this name and (width, height).

        Raises:
            BadInput: when the map or the picture does not fit it.
        """
        variant, run = self.variant, self.run
        if run.depth is not None:
            path = _own_file(run.depth, name, f"a depth map such as {name}.npy")
            long_side = variant.request.long_side
            own = read_photo_depth(path, size, meaning=run.depth_is, long_side=long_side, max_pixels=max_pixels)
            variant = replace(variant, disparity=own, disparity_name=run.depth.name)
        if run.pre_deblurred is not None:
            path = _own_file(run.pre_deblurred, name, f"a picture such as {name}.png")
            picture = Photo.open(path, max_pixels=max_pixels).rgb
            check_aspect(picture.shape[:2], size[::-1], "The pre-deblurred picture", tolerance=CROPPED_TOLERANCE)
            variant = replace(variant, pre_deblurred=picture)
        return variant


def read_variants(args: argparse.Namespace, engines: Sequence[str]) -> list[VariantArguments]:
    """Every `--with` over the options of all; without any, the engine that is named, or each that is not too slow.

    Args:
        args: parsed.
        engines: names of all engines.

    Raises:
        BadInput: listing all that is wrong.
    """
    if args.variants:
        variants: list[VariantArguments] = []
        problems = Problems()
        for text in args.variants:
            with problems.noted():
                variants.append(_variant(_with_options(text, args)))
        problems.raise_any()
        return variants
    common = _variant(args)
    if args.engine:
        return [common]
    return [replace(common, variant=replace(common.variant, engine=engine, even_if_slow=False)) for engine in engines]


def paths_in_variants(texts: Sequence[str]) -> tuple[Path, ...]:
    """The files and folders that `--with depth=...` names; `read_variants` says what is wrong with the rest."""
    found = []
    for text in texts:
        with suppress(BadInput):
            found += [Path(value) for name, value in _parse_settings(text) if value and name in _PATHS]
    return tuple(found)


def _own_file(path: Path, name: str, wanted: str) -> Path:
    """The file itself, or the one of the photo of that name in a folder."""
    return named_after(name, path, wanted) if path.is_dir() else path


def named_after(name: str, folder: Path, wanted: str) -> Path:
    """What a folder holds for the photo of that name. Raises BadInput when there is nothing."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = next((path for path in inside if path.stem == name), None)
    if found is None:
        raise BadInput(f"{folder} holds nothing for {name}.", todo=f"With several photos, put {wanted} in it.")
    return found


def _variant(args: argparse.Namespace) -> VariantArguments:
    arguments = RequestArguments.read(args)
    run = arguments.run
    if run.more_photos:
        raise BadInput("A comparison is of single photos.", todo="Leave --more-photos out.")
    variant = Variant(
        request=arguments.request(),
        engine=run.engine,
        label=getattr(args, "label", ""),
        model=run.model,
        depth_model=run.depth_model,
    )
    return VariantArguments(variant, run)


class _VariantParser(Parser):
    """Says what is wrong as an error that can be listed with others."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{self.prog}: {message}.", todo="See `python -m refocus compare --help`.")


def _with_options(text: str, args: argparse.Namespace) -> argparse.Namespace:
    """The options of all with those of one variant in their place."""
    parser = _VariantParser(prog=f"--with {text!r}", add_help=False)
    add_request_options(parser)
    parser.add_argument("--label", default="")
    named = _parse_settings(text)
    words: list[str] = []
    for name, value in named:
        flag = "--" + name.replace("_", "-")
        words.append(flag if value is None else f"{flag}={value}")
    own_blur = any(name in BLUR_UNITS for name, _ in named)
    common = dict(vars(args))
    if own_blur:
        common.update(dict.fromkeys(BLUR_UNITS))
    return parser.parse_args(words, argparse.Namespace(**common))  # values in the namespace replace the defaults


def _parse_settings(text: str) -> list[tuple[str, str | None]]:
    """Parse "thin-lens,blur=0.8,label=A, B": a first word without "=" is the engine, later ones continue a value."""
    found: list[tuple[str, str | None]] = []
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        name = name.replace("-", "_")
        if equals:
            found.append((name, value))
        elif name in _SWITCHES:
            found.append((name, None))
        elif not found:
            found.append(("engine", part.strip()))
        elif found[-1][1] is not None:
            found[-1] = found[-1][0], f"{found[-1][1]},{part}"
        else:
            raise BadInput(f"{part.strip()!r} in --with {text!r} is no setting.", todo="Write it as blur=0.8.")
    return found
