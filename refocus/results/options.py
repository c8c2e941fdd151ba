"""Options declared once, as fields of a frozen dataclass: type, default, range, texts and the engines that use them.

The command line, the app, its API and links, captions and settings files read this table. The options themselves are
declared in `refocus.results.request` and `refocus.results.run_options`.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from refocus.core import BadInput
from refocus.core.numbers import is_number, is_whole

_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_METADATA_KEY = "option"


@dataclass(frozen=True, slots=True)
class Slider:
    """The part of an option's range that the page offers, in steps."""

    minimum: float
    maximum: float
    step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option, for every place where a user can set or read it.

    Attributes:
        label: what it is called on the page and in the API.
        help: what it does, for `--help` and the documentation: a phrase without a final full stop.
        info: a line below the control on the page; may be empty.
        noun: what an error message calls it.
        template: how a value is written in messages and ranges, such as "f/{:g}".
        minimum, maximum: the allowed range; None where it is open.
        choice_labels: what the page calls each choice, where that is not the choice itself.
        slider: the range on the page, for a number that is chosen with a slider.
        shown: the value displayed for None on the page; None when it depends on the engine or is estimated.
        unset_word: the word that is read as None, such as "auto"; empty when there is none.
        metavar: placeholder for the value in `--help`; None for the usual one.
        engines: names of the engines that use it.
        pictures_only: those of the engines for which it changes single pictures of a result, but not the stack.
        from_prompt: whether a bokeh prompt may give it; a value given by the user wins.
        exclusive_group: only one of the options with the same group may be given; empty for none.
        caption: the value as a few words for a caption; an empty text is left out.
        captioned: whether the caption of a stack names it "always", only when "changed" from its default, or "never".
        on_command_line, on_page: whether the command line has it, and whether page, API and links have it.
        name, value_type, optional, default, choices, files: read from the field: its name, its Python type, whether it
            may be None, its default, the values of a `Literal`, and whether it is several files.
    """

    label: str
    help: str = ""
    info: str = ""
    noun: str = ""
    template: str = "{:g}"
    minimum: float | None = None
    maximum: float | None = None
    choice_labels: Mapping[str, str] = field(default_factory=dict)
    slider: Slider | None = None
    shown: float | None = None
    unset_word: str = ""
    metavar: str | None = None
    engines: frozenset[str] = frozenset()
    pictures_only: frozenset[str] = frozenset()
    from_prompt: bool = False
    exclusive_group: str = ""
    caption: Callable[[Any], str] = str
    captioned: Literal["always", "changed", "never"] = "changed"
    on_command_line: bool = True
    on_page: bool = True
    name: str = ""
    value_type: type = str
    optional: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    files: bool = False

    @property
    def flag(self) -> str:
        """Its name on the command line, such as "--long-side"."""
        return "--" + self.name.replace("_", "-")

    @property
    def labelled_choices(self) -> list[tuple[str, str]]:
        """(label, value) of each choice."""
        return [(self.choice_labels.get(choice, choice), choice) for choice in self.choices]

    @property
    def allowed(self) -> str:
        """The allowed values in words, such as "a whole number, 3 to 33"."""
        if self.choices:
            return f"one of: {', '.join(self.choices)}"
        low, high = ("" if limit is None else self.template.format(limit) for limit in (self.minimum, self.maximum))
        whole = "a whole number, " if self.value_type is int and high else ""
        return f"{whole}{low} to {high}" if high else f"{low} or more"

    def check(self, value: object) -> None:
        """Raise BadInput when the value has another type or is outside the allowed range."""
        if value is None and self.optional:
            return
        noun = self.noun or self.label.lower()
        if self.choices:
            if value not in self.choices:
                raise BadInput(f"There is no {noun} {value!r}.", todo=f"Choose {self.allowed}.")
        elif self.value_type in (int, float):
            if not self._holds(value):
                raise BadInput(f"The {noun} {self._written(value)} is not possible.", todo=f"Choose {self.allowed}.")
        elif self.value_type in (bool, str) and not isinstance(value, self.value_type):
            kind = "true or false" if self.value_type is bool else "a text"
            raise BadInput(f"The {noun} {value!r} is not possible.", todo=f"Choose {kind}.")

    def _written(self, value: object) -> str:
        """A value that is not possible, as a message shows it: 3.0 is no whole number, so it keeps its point."""
        plain = (int,) if self.value_type is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, plain):
            return repr(value)
        try:
            return self.template.format(value)
        except OverflowError:
            return f"{str(value)[:6]}…"

    def _holds(self, value: Any) -> bool:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        is_kind = is_whole(value) if self.value_type is int else is_number(value) and not isinstance(value, bool)
        return is_kind and low <= value <= high

    def resolve(self, value: Any) -> Any:
        """The value, or None for the word that leaves the option unset."""
        return None if self.unset_word and value == self.unset_word else value

    def read(self, value: Any) -> Any:
        """The value from a text or from what a browser sends: an empty one is the default, a comma may be a point.

        Raises:
            BadInput: on a text that should be a number and is none. The range is checked by `check`.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return self.default
        value = self.resolve(value)
        if self.value_type is bool and isinstance(value, str):
            return _TRUTH.get(value.strip().lower(), value)  # another word is refused by `check`
        if value is None or self.value_type not in (int, float):
            return value
        try:
            number = float(value.replace(",", ".")) if isinstance(value, str) else value
            return int(number) if self.value_type is int and math.isfinite(number) and number == int(number) else number
        except (OverflowError, TypeError, ValueError) as error:
            raise BadInput(
                f"{self.label} = {value!r} is not a number.", todo=f"Enter {self.allowed}, or leave it empty."
            ) from error


def option(default: Any, declared: Option | None = None, **facts: Any) -> Any:
    """A dataclass field that is an option: one declared already, or one with these attributes of `Option`."""
    return field(default=default, metadata={_METADATA_KEY: declared or Option(**facts)})


def options_of(data_class: type) -> dict[str, Option]:
    """The options of a dataclass by name, in the order of its fields."""
    return {
        declared.name: _completed(declared.metadata[_METADATA_KEY], declared)
        for declared in dataclasses.fields(data_class)
        if _METADATA_KEY in declared.metadata
    }


def _completed(facts: Option, declared: dataclasses.Field[Any]) -> Option:
    annotation = declared.type
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    value_type = str if choices else get_origin(kind) or kind
    return dataclasses.replace(
        facts,
        name=declared.name,
        value_type=value_type,
        optional=NoneType in kinds,
        default=declared.default,
        choices=facts.choices or choices,
        files=value_type is Sequence,
    )


def check_options(data: Any, options: Mapping[str, Option]) -> None:
    """Check each option of a dataclass instance. Raises BadInput for the first that is not possible."""
    for name, declared in options.items():
        declared.check(getattr(data, name))


def known_options(options: Mapping[str, Option], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, with None for each word that leaves an option unset.

    Raises:
        BadInput: for a name that is not in `options`.
    """
    unknown = sorted(values.keys() - options.keys())
    if unknown:
        raise BadInput(f"There is no option {', '.join(unknown)}.", todo=f"Choose from: {', '.join(options)}.")
    return {name: options[name].resolve(value) for name, value in values.items()}
