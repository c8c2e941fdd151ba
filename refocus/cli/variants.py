"""What `compare --with` says: the ways to make a stack that stand beside each other."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from refocus.cli.making import request_of
from refocus.cli.options import Parser, add_request_options
from refocus.compare.variants import Variant
from refocus.core import BadInput, Problems
from refocus.depth import Meaning
from refocus.depth.file import with_depth_file
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline

_SWITCHES = ("sharp", "full-size", "corrected-clip")
_READ = ("depth", "touch-up", "model", "depth-model")
_STRENGTHS = ("blur", "f_number", "k")


@dataclass(frozen=True, slots=True)
class Way:
    """One variant before there is a photo.

    Attributes:
        variant: without a depth map.
        depth: file of the user's own map, a folder with one for each photo, or None.
        depth_is: how to read it.
    """

    variant: Variant
    depth: str | None
    depth_is: Meaning

    def of(self, photo: Photo) -> Variant:
        """The variant for a photo. Raises BadInput when the map is none of it."""
        if not self.depth:
            return self.variant
        path = Path(self.depth)
        if path.is_dir():
            path = named_after(photo.name, path, f"a depth map such as {photo.name}.npy")
        size = self.variant.request.long_side
        disparity = with_depth_file(photo, path, meaning=self.depth_is, long_side=size).disparity
        return replace(self.variant, disparity=disparity, disparity_name=Path(self.depth).name)


def ways_of(args: argparse.Namespace, pipeline: RefocusPipeline) -> list[Way]:
    """Every `--with` over the options of all; without any, the engine that is named, or each that is not too slow.

    Raises:
        BadInput: listing all that is wrong.
    """
    if args.variants:
        return _each(args.variants, args)
    if args.engine:
        return [_way(args)]
    names = [engine.spec.name for engine in pipeline.engines]
    ways = [_way(argparse.Namespace(**{**vars(args), "engine": name})) for name in names]
    return [replace(way, variant=replace(way.variant, even_if_slow=False)) for way in ways]


def depth_maps_of(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files and folders that `--with depth=...` names; what is wrong with the rest is said by `ways_of`."""
    found = []
    for text in args.variants:
        with suppress(BadInput):
            found += [Path(value) for name, value in _named(text) if value and name in _READ]
    return tuple(found)


def named_after(name: str, folder: Path, wanted: str) -> Path:
    """What a folder holds for the photo of that name. Raises BadInput when there is nothing."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = next((path for path in inside if path.stem == name), None)
    if found is None:
        raise BadInput(f"{folder} holds nothing for {name}.", todo=f"With several photos, put {wanted} in it.")
    return found


def _each(texts: Sequence[str], args: argparse.Namespace) -> list[Way]:
    ways: list[Way] = []
    problems = Problems()
    for text in texts:
        with problems.noted():
            ways.append(_way(_options(text, args)))
    problems.raise_any()
    return ways


def _way(args: argparse.Namespace) -> Way:
    variant = Variant(
        request=request_of(args),
        engine=args.engine,
        label=getattr(args, "label", ""),
        model=args.model,
        depth_model=args.depth_model,
    )
    return Way(variant, args.depth, args.depth_is)


class _VariantParser(Parser):
    """Says what is wrong as an error that can be listed with others."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{self.prog}: {message}.", todo="See `python -m refocus compare --help`.")


def _options(text: str, args: argparse.Namespace) -> argparse.Namespace:
    """The options of all with those of one variant in their place."""
    parser = _VariantParser(prog=f"--with {text!r}", add_help=False)
    add_request_options(parser)
    parser.add_argument("--label", default="")
    named = _named(text)
    words: list[str] = []
    for name, value in named:
        words.append(f"--{name}" if value is None else f"--{name}={value}")
    is_own = any(name.replace("-", "_") in _STRENGTHS for name, _ in named)
    common = {**vars(args), **(dict.fromkeys(_STRENGTHS) if is_own else {})}
    return parser.parse_args(words, argparse.Namespace(**common))  # what is in it already is no default


def _named(text: str) -> list[tuple[str, str | None]]:
    """Of "thin-lens,blur=0.8,label=A, B": a first bare word is the engine, later ones go on the value before."""
    found: list[tuple[str, str | None]] = []
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        name = name.replace("_", "-")
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
