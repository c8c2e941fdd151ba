"""The page's controls by option name: their components, and values read from the browser, a link or a program."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
from gradio.components import Component

from refocus.core.settings import AUTO
from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.results import RefocusRequest
from refocus.results.options import Option
from refocus.results.request import OPTIONS
from refocus.results.run_options import page_options
from refocus.ui.components.page_component import FileList

PAGE_OPTIONS: Mapping[str, Option] = MappingProxyType(page_options())
"""Every option of page, API and links, in the order of the API's parameters."""


FILE_OPTIONS = frozenset(name for name, option in PAGE_OPTIONS.items() if option.value_type is Path or option.files)
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


def long_side_px(given: Any) -> int:
    """The long side that a program gives; the usual one when it gives none. Raises BadInput when it is not possible."""
    value = control_values({"long_side": given})["long_side"]
    PAGE_OPTIONS["long_side"].check(value)
    return int(value)


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


FILE_HEIGHT_PX = 150
"""Height of a file control in which its text fits."""
DEPTH_MAP_ENDINGS = [".npy", ".npz", ".png"]
_MAX_RADIO_CHOICES = 5
_NUMBER_LENGTH, _TEXT_LENGTH = 8, 300
_ELEM_IDS = {"depth": "depth-file", "depth_is": "depth-meaning"}


def page_component(option: Option, **given: Any) -> Component:
    """The control of an option, within the gr.Blocks that is being built.

    Args:
        option: from the table.
        given: arguments of the component that differ, such as `visible`.
    """
    start = START_VALUES[option.name]
    texts = {"label": option.label, "elem_id": _ELEM_IDS.get(option.name, option.name.replace("_", "-"))}
    if option.slider is not None:
        value = option.slider.maximum if start is None else start
        return gr.Slider(**{**asdict(option.slider), "value": value, "info": option.info or None, **texts, **given})
    if option.value_type in (float, str) and option.optional:
        # gradio's number field cannot be empty: it turns an empty field into 0, which means no blur.
        length = {"max_lines": 1, "max_length": _NUMBER_LENGTH} if option.value_type is float else _TEXT
        return gr.Textbox(**{"value": start or "", "info": option.info or None, **length, **texts, **given})
    return _component(option, start, texts | given)


def program_component(option: Option) -> Component:
    """The parameter of an option for programs: an invisible component of the page."""
    start = START_VALUES.get(option.name)
    hidden: dict[str, Any] = {"label": option.label, "visible": False}
    if option.value_type in (int, float) and start is None:  # a slider cannot be left out
        return gr.Number(precision=0 if option.value_type is int else None, **hidden)
    if option.slider is not None:
        return gr.Slider(value=start, **asdict(option.slider), **hidden)
    return _component(option, start, hidden)


def _component(option: Option, start: Any, given: dict[str, Any]) -> Component:
    if option.choices:
        kind = gr.Radio if len(option.choices) <= _MAX_RADIO_CHOICES else gr.Dropdown
        return kind(**{"choices": option.labelled_choices, "value": start, "info": option.info or None, **given})
    if option.value_type is bool:
        return gr.Checkbox(**{"value": start, "info": option.info or None, **given})
    if option.files:
        return FileList(
            **{"file_count": "multiple", "file_types": list(PHOTO_ENDINGS), "height": FILE_HEIGHT_PX, **given}
        )
    if option.value_type is Path:
        endings = {"depth": DEPTH_MAP_ENDINGS, "focus_mask": [".png"]}.get(option.name, list(PHOTO_ENDINGS))
        return gr.File(**{"file_types": endings, "height": FILE_HEIGHT_PX, **given})
    if option.value_type is int:
        return gr.Number(**{"value": start, "precision": 0, "minimum": option.minimum, **given})
    return gr.Textbox(**{"value": start or "", **_TEXT, **given})


_TEXT = {"max_length": _TEXT_LENGTH}
