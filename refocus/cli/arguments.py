"""Arguments as frozen values: read once from argparse's namespace, checked, and passed on."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from refocus.cli.command_parser import BY_ORDER, default_of
from refocus.core import BadInput, BokehSpec
from refocus.depth import read_strokes
from refocus.engines.photo_stack import PhotoOrder
from refocus.media.mask import read_mask
from refocus.optics import APERTURE_NAMES, Aperture
from refocus.prompts import parse_prompt
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehRequest, request_with_prompt
from refocus.results.request import OPTIONS, RefocusRequest
from refocus.results.run_options import RUN_OPTIONS, RunOptions, requested_depth_source
from refocus.results.saved import StackSettings, read_settings

_INPUTS = (
    "source",
    "photo",
    "settings",
    "aperture",
    "depth",
    "pre_deblurred",
    "focus_mask",
    "touch_up",
    "model",
    "depth_model",
)
_SEVERAL_INPUTS = ("photos", "places", "more_photos")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RequestArguments:
    """The options of the table, and the prompt.

    Attributes:
        options: the options of a request that were given or have a default, by name.
        run: engine, weights and depth map.
        prompt: as typed, or None.
        spec: what the prompt says, or None.
        drawn_aperture: a shape of the user's own, for a single picture.
        by_order: whether the input position of each photo is its place in its folder.
    """

    options: Mapping[str, Any]
    run: RunOptions
    prompt: str | None = None
    spec: BokehSpec | None = None
    drawn_aperture: Aperture | None = None
    by_order: bool = False

    @classmethod
    def read(cls, args: argparse.Namespace, *, drawn_aperture: bool = False) -> Self:
        """From the namespace of a command with `add_request_options`.

        Args:
            args: parsed; strokes and a drawn aperture are read from their files.
            drawn_aperture: whether --aperture may name a PNG file.

        Raises:
            BadInput: when a file cannot be read, or the prompt is none.
        """
        values = vars(args)
        options = {name: values[name] for name in OPTIONS if values.get(name) is not None}
        by_order = options.get("input_position") == BY_ORDER
        if by_order:
            del options["input_position"]
        if "touch_up" in options:
            options["touch_up"] = read_strokes(options["touch_up"])
        drawn = None
        name = options.get("aperture")
        if drawn_aperture and name not in (None, *APERTURE_NAMES) and Path(str(name)).suffix:
            drawn = Aperture.from_mask(read_mask(options.pop("aperture")))
        return cls(
            options=options,
            run=RunOptions(**{name: values[name] for name in RUN_OPTIONS}),
            prompt=args.prompt,
            spec=None if args.prompt is None else parse_prompt(args.prompt),
            drawn_aperture=drawn,
            by_order=by_order,
        )

    def request(self) -> RefocusRequest:
        """What the options and the prompt ask of an engine. Raises BadInput for a value that is not possible."""
        request = RefocusRequest.from_options(self.options)
        source = requested_depth_source(request.depth_source, self.run.depth_model)
        request = request.with_options({"depth_source": source})
        return request if self.spec is None else request_with_prompt(request, self.spec, given=frozenset(self.options))

    def bokeh_request(
        self,
        *,
        at: tuple[float, float] | None = None,
        position: float | None = None,
        mask: NDArray[np.bool_] | None = None,
    ) -> BokehRequest:
        """What the options and the prompt ask of a single picture."""
        amount = BlurAmount.from_options(*(self.options.get(unit) for unit in ("blur", "f_number", "k")))
        aperture = self.drawn_aperture or self.options.get("aperture")
        return BokehRequest(self.spec, at, position, aperture, amount, mask)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StackArguments:
    """The arguments of `stack`.

    Attributes:
        photo: a photo, or a folder of photos.
        out: folder for the results.
        request_args: the options of the table, and the prompt.
        saved: settings of an earlier stack, in place of the options; None without any.
        photo_order: where the first photo of a photo stack is focused.
        fps: rate of a video of the bare frames; None for a smooth sweep.
        each, one_scene: whether a folder becomes a stack of each photo, or one stack; neither when the photos tell.
        force: whether stacks of other photos or settings are replaced.
        inputs: files and folders that are read, which no output may replace.
    """

    photo: Path
    out: Path
    request_args: RequestArguments
    saved: StackSettings | None
    photo_order: PhotoOrder
    fps: float | None
    each: bool
    one_scene: bool
    force: bool
    inputs: tuple[Path, ...]

    @classmethod
    def read(cls, args: argparse.Namespace) -> Self:
        """From the namespace. Raises BadInput when options are given beside --settings, or a file cannot be read."""
        return cls(
            photo=Path(args.photo),
            out=args.out,
            request_args=RequestArguments.read(args),
            saved=None if args.settings is None else _read_saved_settings(args),
            photo_order=args.photo_order,
            fps=args.fps,
            each=args.each,
            one_scene=args.one_scene,
            force=args.force,
            inputs=inputs_of(args),
        )


def _read_saved_settings(args: argparse.Namespace) -> StackSettings:
    """The settings of the file of an earlier stack."""
    defaults = {"engine": None, "prompt": None} | {name: default_of(declared) for name, declared in OPTIONS.items()}
    changed = [name for name, default in defaults.items() if vars(args).get(name, default) != default]
    if changed:
        given = " and ".join(f"--{name.replace('_', '-')}" for name in changed)
        raise BadInput(f"{given} cannot be given beside --settings.", todo="Leave one of them out.")
    saved = read_settings(args.settings)
    if saved.depth_file is not None and args.depth is None:
        raise BadInput(
            f"These settings used the depth map {saved.depth_file}.",
            todo=f"Give it with --depth FILE --depth-is {saved.depth_is}.",
        )
    return saved


def inputs_of(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files and folders that the arguments name; names that are no paths, such as "heart", are no files."""
    return tuple(_input_paths(args))


def _input_paths(args: argparse.Namespace) -> Iterator[Path]:
    for name in _INPUTS:
        value = getattr(args, name, None)
        if value is not None:
            yield Path(value)
    for name in _SEVERAL_INPUTS:
        yield from map(Path, getattr(args, name, None) or ())
