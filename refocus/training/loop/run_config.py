"""Settings of a training run: declared once as fields of a frozen dataclass, read from TOML or the command line."""

import argparse
import dataclasses
import json
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from refocus.core import BadInput
from refocus.core.numbers import one_of, real, whole

Config = TypeVar("Config", bound="LoopConfig")
_KEY = "setting"
_METAVARS: dict[type, str] = {Path: "PATH", str: "TEXT"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What is declared beside a field's type and default.

    Attributes:
        help: for `--help`: a phrase without a final full stop.
        minimum, maximum: the allowed range of a number.
        may_change: whether a run may be resumed with another value.
    """

    help: str
    minimum: float = 0
    maximum: float = math.inf
    may_change: bool = False


def setting(
    default: Any, meaning: str, *, minimum: float = 0, maximum: float = math.inf, may_change: bool = False
) -> Any:
    """A field of a config; `dataclasses.MISSING` as default makes it required.

    Args:
        default: of the field.
        meaning: the `help` of the `Setting`, whose other attributes are the other arguments.
    """
    return dataclasses.field(default=default, metadata={_KEY: Setting(meaning, minimum, maximum, may_change)})


@dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """The settings that every recipe of the loop has; a recipe adds its own in a subclass.

    A field is an int, float, bool, string, `Literal` of strings, `Path`, tuple of strings, or one of these and None.

    Raises:
        BadInput: when a value has the wrong type or is out of range.
    """

    out: Path = setting(dataclasses.MISSING, "folder of the run: checkpoints, log, validation")
    steps: int = setting(10_000, "optimiser steps in all", minimum=1, may_change=True)
    batch: int = setting(1, "samples of one process in one pass", minimum=1)
    accumulation: int = setting(1, "passes whose gradients are added up before a step", minimum=1)
    learning_rate: float = setting(1e-4, "of the optimiser, after the warm-up")
    scale_learning_rate: bool = setting(False, "multiply it by batch x accumulation x processes")
    schedule: Literal["constant", "cosine"] = setting("constant", "of the learning rate after the warm-up")
    final_share: float = setting(0.0, "share of the learning rate at the end of the cosine", maximum=1)
    warmup: int = setting(0, "steps over which the learning rate rises from zero")
    optimizer: Literal["adamw", "adamw8bit"] = setting("adamw", "adamw8bit needs the package bitsandbytes")
    beta1: float = setting(0.9, "decay of AdamW's mean of gradients", maximum=1)
    beta2: float = setting(0.999, "decay of AdamW's mean of squared gradients", maximum=1)
    epsilon: float = setting(1e-8, "of AdamW")
    weight_decay: float = setting(0.01, "of AdamW")
    clip: float = setting(1.0, "largest norm of the gradient; 0 for no limit")
    mixed_precision: Literal["no", "fp16", "bf16"] = setting("no", "number format of the passes")
    gradient_checkpointing: bool = setting(False, "compute activations twice instead of keeping them")
    seed: int = setting(0, "of the order of samples and of all noise")
    workers: int = setting(2, "processes that load samples, for each GPU", may_change=True)
    checkpoint_every: int = setting(500, "steps between checkpoints", minimum=1, may_change=True)
    keep: int = setting(2, "newest checkpoints that are kept; 0 for all", may_change=True)
    validate_every: int = setting(1000, "steps between validations; 0 for none", may_change=True)
    validation_items: int = setting(10, "how many of the validation set are used", may_change=True)
    log_every: int = setting(10, "steps between lines of the log", minimum=1, may_change=True)
    tensorboard: bool = setting(False, "also log for TensorBoard, which must be installed", may_change=True)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            kind = _kind(type(self), field.name)
            value = getattr(self, field.name)
            if not (kind.optional and value is None):
                object.__setattr__(self, field.name, _checked(field.name, value, kind, _setting(field)))

    def to_toml(self) -> str:
        """The settings as TOML, those that are None left out; `read_config` reads it."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items() if value is not None)

    def check_resumable(self, saved: "LoopConfig") -> None:
        """Check that a checkpoint saved with other settings may be continued with these.

        Raises:
            BadInput: naming the settings that must not change during a run.
        """
        fixed_steps = {"steps"} if self.schedule == "cosine" else set()  # whose length is part of the schedule
        changed = [
            f"{field.name} (was {getattr(saved, field.name)}, is {getattr(self, field.name)})"
            for field in dataclasses.fields(self)
            if (not _setting(field).may_change or field.name in fixed_steps)
            and field.name != "out"
            and getattr(saved, field.name) != getattr(self, field.name)
        ]
        if changed:
            raise BadInput(
                f"The checkpoint was trained with other settings: {', '.join(changed)}.",
                todo="Resume with the same ones, or start a new run in another folder.",
            )


def add_run_arguments(parser: argparse.ArgumentParser, config_class: type[LoopConfig]) -> None:
    """Add --resume, --dry-run, --config and an option for each field, without a default, so the file's value counts."""
    parser.add_argument(
        "--resume", metavar="NAME", help="continue from `latest`, or from a checkpoint by its name or path"
    )
    parser.add_argument("--dry-run", action="store_true", help="print parameters, memory, steps and hours, then stop")
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML with any of the settings below")
    for field in dataclasses.fields(config_class):
        kind, declared = _kind(config_class, field.name), _setting(field)
        arguments: dict[str, Any] = {"default": argparse.SUPPRESS, "help": _help(field, declared)}
        if kind.type is bool:
            arguments["action"] = argparse.BooleanOptionalAction
        elif kind.choices:
            arguments["choices"] = kind.choices
        elif kind.type is tuple:
            arguments |= {"type": _words, "metavar": "LIST"}
        else:
            arguments |= {"type": kind.type, "metavar": _METAVARS.get(kind.type, "N")}
        parser.add_argument(f"--{field.name.replace('_', '-')}", **arguments)


def config_from_arguments(args: argparse.Namespace, config_class: type[Config]) -> Config:
    """The config of a parsed command line: defaults, then the file, then the options.

    Raises:
        BadInput: when the file cannot be read, names an unknown setting, or a value is not possible.
    """
    names = [field.name for field in dataclasses.fields(config_class)]
    values = {} if args.config is None else _read_toml(args.config, names)
    return make_config({**values, **{name: value for name, value in vars(args).items() if name in names}}, config_class)


def read_config(path: Path, config_class: type[Config]) -> Config:
    """The config in a TOML file. Raises BadInput as `config_from_arguments`."""
    return make_config(_read_toml(path, [field.name for field in dataclasses.fields(config_class)]), config_class)


def make_config(values: Mapping[str, Any], config_class: type[Config]) -> Config:
    """A config of these values. Raises BadInput when a required one is missing, or one is not possible."""
    for field in dataclasses.fields(config_class):
        if field.default is dataclasses.MISSING and field.name not in values:
            raise BadInput(f"{field.name} is not set.", todo=f"Give --{field.name.replace('_', '-')}.")
    return config_class(**values)


def _read_toml(path: Path, names: list[str]) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} cannot be read as TOML: {error}.", todo="Correct it, or choose another file."
        ) from error
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise BadInput(f"{path} sets {', '.join(unknown)}, which is unknown here.", todo=f"Known: {', '.join(names)}.")
    return values


@dataclass(frozen=True, slots=True)
class _Kind:
    """A field's type: the Python type, whether None is allowed, and the words of a `Literal`."""

    type: type
    optional: bool
    choices: tuple[str, ...]


def _kind(config_class: type, name: str) -> _Kind:
    hint = typing.get_type_hints(config_class)[name]
    members = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    optional = types.NoneType in members
    hint = next(member for member in members if member is not types.NoneType)
    if typing.get_origin(hint) is Literal:
        return _Kind(str, optional, typing.get_args(hint))
    return _Kind(typing.get_origin(hint) or hint, optional, ())


def _setting(field: dataclasses.Field) -> Setting:
    declared: Setting = field.metadata[_KEY]
    return declared


def _checked(name: str, value: Any, kind: _Kind, declared: Setting) -> Any:
    if kind.type is bool:
        if not isinstance(value, bool):
            raise BadInput(f"{name} is {value!r}.", todo="Give true or false.")
        return value
    if kind.type is int:
        return whole(name, value, declared.minimum, declared.maximum)
    if kind.type is float:
        return real(name, value, declared.minimum, declared.maximum)
    if kind.choices:
        one_of(name, value, kind.choices)
        return value
    if kind.type is tuple:
        if isinstance(value, str) or not all(isinstance(word, str) for word in value):
            raise BadInput(f"{name} is {value!r}.", todo="Give a list of words.")
        return tuple(value)
    if not isinstance(value, str | Path):
        raise BadInput(f"{name} is {value!r}.", todo="Give a text.")
    return kind.type(value)


def _help(field: dataclasses.Field, declared: Setting) -> str:
    default = field.default
    shown = "" if default in (None, dataclasses.MISSING, ()) else f"; default {default}"
    return f"{declared.help}{shown}".replace("%", "%%")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else json.dumps(str(value), ensure_ascii=False)
