"""The settings on the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core import BadInput
from refocus.engines import EngineSpec
from refocus.ui.app_context import QUIET, AppContext
from refocus.ui.controls.control_values import (
    FILE_OPTIONS,
    PAGE_OPTIONS,
    START_VALUES,
    control_values,
    page_component,
    values_from_query,
)
from refocus.ui.run.status_text import engine_choices, engine_text


@dataclass(frozen=True, slots=True)
class SettingsControls:
    """The settings' components on the page.

    Attributes:
        engine: the choice of engine.
        settings: the other settings' components by option name.
        button: makes the stack.
        stop: shown instead of it while one is made.
        more: the accordion, to add further controls to.
        spec_of: the spec of an engine, or of the one that "auto" currently selects.
        depth_choices: label and name of the sources of depth; the network's label tells whether it is here.
    """

    engine: gr.Radio
    settings: Mapping[str, Component]
    button: gr.Button
    stop: gr.Button
    more: gr.Accordion
    spec_of: Callable[[str], EngineSpec]
    depth_choices: Callable[[], list[tuple[str, str]]]

    def components(self) -> dict[str, Component]:
        """All settings' components by option name."""
        return {"engine": self.engine, **self.settings}

    def values(self, values: Mapping[Block, Any]) -> dict[str, Any]:
        """The control values from an event whose inputs are a set of components (see `control_values`).

        Raises:
            BadInput: on text that should be a number.
        """
        named = {name: values[component] for name, component in self.components().items()}
        if self.spec_of(named["engine"]).published_steps in (None, named["steps"]):
            named["steps"] = None
        return control_values(named)

    def updates(self, values: Mapping[str, Any]) -> dict[Block, Any]:
        """Updates that set the controls to these values; a control that starts at a value of its own keeps it."""
        updates: dict[Block, Any] = {}
        for name, component in self.components().items():
            value = values.get(name)
            if isinstance(component, gr.Textbox) and name in values:
                value = f"{value:g}" if isinstance(value, float) else value or ""
            if value is not None:
                updates[component] = value
        return updates

    def query(self, values: Mapping[str, Any]) -> str:
        """The values that differ from the start, for a link: "blur=0.8&aperture=heart". Files are left out."""
        start = {**START_VALUES, "engine": str(self.engine.value)}
        return urlencode(
            {name: values[name] for name in start if name not in FILE_OPTIONS and values[name] != start[name]}
        )

    def updates_from_query(self, query: Mapping[str, str]) -> dict[Block, Any]:
        """Updates for the controls that a link names; none when one of its values makes no sense.

        Other controls stay as they are: the user may have set them before the page knew its address.
        """
        try:
            values = values_from_query(query)
        except BadInput:
            return {}
        if values.get("engine") not in {name for _, name in self.engine.choices}:
            values.pop("engine", None)
        return self.updates(values)

    def visible(self, engine: str, steps: float | None) -> dict[Block, Any]:
        """Updates that show the options of an engine and hide the others.

        Args:
            engine: its name.
            steps: the value now; when it is as published for another engine, it becomes that of this one.
        """
        spec = self.spec_of(engine)
        updates: dict[str, dict[str, Any]] = {name: {"visible": name in spec.options} for name in self.settings}
        published = {self.spec_of(str(name)).published_steps for _, name in self.engine.choices}
        if spec.published_steps is not None and steps in published:
            updates["steps"]["value"] = spec.published_steps
        return {self.settings[name]: gr.update(**update) for name, update in updates.items()}


def add_settings(context: AppContext) -> SettingsControls:
    """Put the settings on the page."""
    start = context.pipeline.settings.engine
    spec = context.engine_spec(start)
    engine = _add_engine(start, context)
    settings = {"blur": _add("blur", spec)}

    def depth_choices() -> list[tuple[str, str]]:
        offers = {**PAGE_OPTIONS["depth_source"].choice_labels, "model": context.pipeline.depth_model.offer}
        return [(label, source) for source, label in offers.items() if label]

    button = gr.Button("Refocus", variant="primary", elem_id="refocus")
    stop = gr.Button("Stop", elem_id="stop")  # page.js shows one of the two
    with gr.Accordion("More settings", open=False, elem_id="more") as more:
        others = [name for name in PAGE_OPTIONS if name not in ("engine", "blur")]
        given: dict[str, Any] = {"depth_source": {"choices": depth_choices()}}
        settings |= {name: _add(name, spec, **given.get(name, {})) for name in others}
    published = [state[0].published_steps for state in context.engine_states().values()]
    settings["steps"].value = spec.published_steps or next(filter(None, published), None)
    return SettingsControls(engine, settings, button, stop, more, context.engine_spec, depth_choices)


def _add(name: str, spec: EngineSpec, **given: Any) -> Component:
    return page_component(PAGE_OPTIONS[name], visible=name in spec.options, **given)


def _add_engine(start: str, context: AppContext) -> gr.Radio:
    states = context.engine_states()
    with gr.Group():
        engine = gr.Radio(engine_choices(states), value=start, label="Engine", elem_id="engine")
        state = gr.Markdown(engine_text(start, states), elem_id="engine-state")

    def show_state(name: str) -> str:
        return engine_text(name, states)

    engine.change(show_state, [engine], [state], queue=False, **QUIET)
    return engine
