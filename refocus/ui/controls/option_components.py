"""Gradio components for the options of the table in `refocus.results`: on the page, and for programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from refocus.media.photo_files import PHOTO_ENDINGS
from refocus.results.options import Option
from refocus.ui.controls.control_values import START_VALUES

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
    if option.value_type is Path:
        endings = {"depth": DEPTH_MAP_ENDINGS, "focus_mask": [".png"]}.get(option.name, list(PHOTO_ENDINGS))
        return gr.File(**{"file_types": endings, "height": FILE_HEIGHT_PX, **given})
    if option.value_type is int:
        return gr.Number(**{"value": start, "precision": 0, "minimum": option.minimum, **given})
    return gr.Textbox(**{"value": start or "", **_TEXT, **given})


_TEXT = {"max_length": _TEXT_LENGTH}
