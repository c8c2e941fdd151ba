"""The values of the page's controls, by option name: read from the browser, a link or a program, and made a request."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from refocus.core.settings import AUTO
from refocus.results import RefocusRequest
from refocus.results.options import Option
from refocus.results.request import OPTIONS
from refocus.results.run_options import page_options

PAGE_OPTIONS: Mapping[str, Option] = MappingProxyType(page_options())
"""Every option of page, API and links, in the order of the API's parameters."""


FILE_OPTIONS = frozenset(name for name, option in PAGE_OPTIONS.items() if option.value_type is Path)
"""Those that are files, which links cannot name."""


def _start_value(option: Option) -> Any:
    if option.name == "engine":
        return AUTO
    return option.shown if option.default is None else option.default


START_VALUES: Mapping[str, Any] = MappingProxyType({name: _start_value(o) for name, o in PAGE_OPTIONS.items()})
"""What each control starts with; None for one that may be left empty."""


def control_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every control; an empty or missing one has its start value.

    Args:
        given: values by option name, as a browser or a program sends them.

    Raises:
        BadInput: on text that should be a number.
    """
    return {**START_VALUES, **_read(given)}


def values_from_query(query: Mapping[str, str]) -> dict[str, Any]:
    """The values that a link's query names; other names are left out. Files cannot be named there.

    Raises:
        BadInput: on a value that is not possible.
    """
    values = _read({name: text for name, text in query.items() if name not in FILE_OPTIONS})
    for name, value in values.items():
        PAGE_OPTIONS[name].check(value)
    return values


def request_of(values: Mapping[str, Any], options: frozenset[str]) -> RefocusRequest:
    """The request with the values that an engine has options for; K wins over the blur strength.

    Args:
        values: of the controls.
        options: of the engine (`EngineSpec.options`).

    Raises:
        BadInput: on values out of range.
    """
    names = OPTIONS.keys() & PAGE_OPTIONS.keys() & options & values.keys()
    names -= {"blur"} if "k" in names and values["k"] is not None else {"k"}
    return RefocusRequest.from_options({name: values[name] for name in names})


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    read = {name: PAGE_OPTIONS[name].read(value) for name, value in given.items() if name in PAGE_OPTIONS}
    return {name: value for name, value in read.items() if value is not None}
