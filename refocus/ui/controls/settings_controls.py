"""The settings on the page: one line each in a table, in the order they stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core import BadInput
from refocus.core.bokeh_spec import APERTURE_NAMES, aperture_label
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.core.settings import AUTO
from refocus.depth.sources import DEPTH_CHOICES, DepthChoice
from refocus.engines import EngineSpec
from refocus.models.focal_stack.run_settings import DEFAULT_STEPS as VIDEO_STEPS
from refocus.results.request import LAST_INPUT_POSITION, MAX_DECODE_OVERLAP, MAX_GUIDANCE
from refocus.ui.app_context import QUIET, Ground
from refocus.ui.controls.control_values import Chosen
from refocus.ui.run.status_text import EngineStates, engine_choice, engine_state


@dataclass(frozen=True, slots=True)
class Control:
    """One setting: a new one is a line in `_MORE` and a field of `Chosen`.

    Attributes:
        name: of its field in `Chosen` and of the parameter for programs.
        label: what it is called on the page.
        option: it is seen when the engine heeds this option.
        make: makes the component, given its label, id and start value.
    """

    name: str
    label: str
    option: str
    make: Callable[..., Component]

    def component(self, **changed: Any) -> Component:
        """The component as it stands on the page, within the gr.Blocks that is being built."""
        start = getattr(Chosen(), self.name)
        given = {} if start is None else {"value": start}
        return self.make(**{"label": self.label, "elem_id": _ELEM_IDS.get(self.name, self.name), **given, **changed})


APERTURE_CHOICES = [(aperture_label(name).capitalize(), name) for name in APERTURE_NAMES]
LONG_SIDE_INFO = "Larger takes longer."
_DEPTH_SOURCES: Mapping[DepthChoice, str] = {
    "auto": "Best available",
    "embedded": "Depth map in the photo",
    "model": "Depth network",
    "built-in": "Estimated from the picture alone",
}
DEPTH_SOURCE_CHOICES = [(_DEPTH_SOURCES[choice], choice) for choice in DEPTH_CHOICES]
DEPTH_IS = "Depth map values"
DEPTH_IS_CHOICES = [("Larger is nearer", "disparity"), ("Distance in metres", "metres")]
FILE_HEIGHT_PX = 150
"""Of a place to drop files in: the words in it fit."""
_ELEM_IDS = {
    "long_side": "long-side",
    "depth_source": "depth-source",
    "depth": "depth-file",
    "depth_is": "depth-meaning",
    "input_position": "input-position",
    "full_size": "full-size",
    "decode_overlap": "decode-overlap",
    "corrected_clip": "corrected-clip",
}


def _control(name: str, label: str, kind: type[Component], option: str | None = None, **fixed: Any) -> Control:
    return Control(name, label, option or name, lambda **given: kind(**{**fixed, **given}))


_BLUR = _control("blur", "Blur strength", gr.Slider, minimum=0, maximum=1, step=0.05)
_MORE = (
    _control("frames", "Frames", gr.Slider, minimum=MIN_FRAMES, maximum=MAX_FRAMES, step=1),
    _control("aperture", "Aperture shape", gr.Dropdown, choices=APERTURE_CHOICES),
    _control("long_side", "Long side, px", gr.Slider, minimum=512, maximum=4096, step=64, info=LONG_SIDE_INFO),
    _control("sharp", "The photo is already sharp from front to back", gr.Checkbox),
    _control(
        "depth_source",
        "Depth from",
        gr.Radio,
        choices=DEPTH_SOURCE_CHOICES,
        info="Best available: your own map, else the phone's, else the depth network's if it is installed.",
    ),
    _control(
        "depth",
        "Your own depth map (.npy, .npz, PNG)",
        gr.File,
        file_types=[".npy", ".npz", ".png"],
        height=FILE_HEIGHT_PX,
    ),
    _control("depth_is", DEPTH_IS, gr.Radio, "depth", choices=DEPTH_IS_CHOICES),
    _control(
        "input_position",
        "Where the photo was focused",
        gr.Slider,
        minimum=0,
        maximum=LAST_INPUT_POSITION,
        step=1,
        value=LAST_INPUT_POSITION,
        info="Estimated. Move it if the frames look wrong: 0 is about 5 cm, 8 is far away.",
    ),
    _control(
        "restore",
        "Prompt for the generative engine",
        gr.Textbox,
        value="",
        max_length=300,
        info="Text in the picture or its look: the sign says OPEN; cinematic.",
    ),
    # A number field of gradio's cannot be empty: it turns nothing into 0, which means no blur.
    _control(
        "k",
        "K",
        gr.Textbox,
        value="",
        max_lines=1,
        max_length=8,
        info="Blur in the model's own unit, pixels per diopter: 20 is usual, 0 is no blur. "
        "Leave it empty to use the blur strength.",
    ),
    _control("steps", "Steps", gr.Slider, minimum=1, maximum=50, step=1, value=VIDEO_STEPS, info="Fewer are faster."),
    _control("seed", "Seed", gr.Number, precision=0, minimum=0),
    _control("full_size", "Render frames at the photo's full size", gr.Checkbox),
    _control(
        "guidance",
        "Guidance",
        gr.Slider,
        minimum=0,
        maximum=MAX_GUIDANCE,
        step=0.1,
        info="How closely the model follows the photo. The published value is 1.5.",
    ),
    _control(
        "decode_overlap",
        "Frames decoded twice",
        gr.Slider,
        minimum=0,
        maximum=MAX_DECODE_OVERLAP,
        step=1,
        info="More overlap between decoded chunks steadies the last frame. The published value is 0.",
    ),
    _control("corrected_clip", "Show CLIP the photo in the range used in training", gr.Checkbox),
)
CONTROLS: dict[str, Control] = {control.name: control for control in (_BLUR, *_MORE)}
"""Every setting but the engine, by name."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The settings' components on the page.

    Attributes:
        engine: the choice of engine.
        settings: the component of each of `CONTROLS`, by name.
        button: makes the stack.
        stop: in its place while one is made.
        more: the fold, to add further controls to: `with controls.more: ...`.
        spec_of: what the engine of a name, or "auto", is now.
    """

    engine: gr.Radio
    settings: Mapping[str, Component]
    button: gr.Button
    stop: gr.Button
    more: gr.Accordion
    spec_of: Callable[[str], EngineSpec]

    def components(self) -> set[Component]:
        """All whose values `chosen` reads, as inputs of an event."""
        return {self.engine, *self.settings.values()}

    def chosen(self, values: Mapping[Block, Any]) -> Chosen:
        """What they say, from the values of an event whose inputs are a set of components."""
        engine = values[self.engine]
        named = {name: values[component] for name, component in self.settings.items()}
        if named["steps"] == self.spec_of(engine).published_steps or self.spec_of(engine).published_steps is None:
            named["steps"] = None
        return Chosen.of({"engine": engine, **named})

    def updates(self, chosen: Chosen) -> dict[Block, Any]:
        """Values that make the controls say this."""
        said = {self.settings[name]: getattr(chosen, name) for name in CONTROLS}
        shown = {
            control: _as_text(value) if isinstance(control, gr.Textbox) else value for control, value in said.items()
        }
        return {self.engine: chosen.engine} | {key: value for key, value in shown.items() if value is not None}

    def query(self, chosen: Chosen) -> str:
        """What differs from the start, for an address: "blur=0.8&aperture=heart". Files are left out."""
        start = Chosen(engine=str(self.engine.value))
        differing = {field.name: getattr(chosen, field.name) for field in fields(chosen) if field.name != "depth"}
        return urlencode({name: value for name, value in differing.items() if value != getattr(start, name)})

    def updates_from_query(self, query: Mapping[str, str]) -> dict[Block, Any]:
        """Values for the controls that an address names; when one makes no sense, all are left out.

        The others stay as they are: the user may have set them before the page was told of its address.
        """
        try:
            chosen = Chosen.from_query(query)
            chosen.request(frozenset(CONTROLS))
        except (BadInput, ValueError):
            return {}
        engines = {value for _, value in self.engine.choices}
        said = self.updates(chosen)
        if chosen.engine not in engines:
            said.pop(self.engine)
        named: dict[str, Block] = {"engine": self.engine, **self.settings}
        asked = {component for name, component in named.items() if name in query and name != "depth"}
        return {component: value for component, value in said.items() if component in asked}

    def visible(self, engine: str, steps: float | None) -> dict[Block, Any]:
        """Updates that show what an engine heeds and hide the rest.

        Args:
            engine: its name.
            steps: on the page now; when they are as published for another engine, they follow this one.
        """
        spec = self.spec_of(engine)
        updates: dict[str, dict[str, Any]] = {
            name: {"visible": control.option in spec.options} for name, control in CONTROLS.items()
        }
        if spec.published_steps is not None and steps in self._published_steps():
            updates["steps"]["value"] = spec.published_steps
        return {self.settings[name]: gr.update(**update) for name, update in updates.items()}

    def _published_steps(self) -> set[int | None]:
        return {self.spec_of(str(name)).published_steps for _, name in self.engine.choices}


def _as_text(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else value or ""


def add_controls(ground: Ground, spec_of: Callable[[str], EngineSpec]) -> Controls:
    """Put the settings on the page.

    Args:
        ground: what the page builds on.
        spec_of: what the engine of a name, or "auto", is now.
    """
    spec = spec_of(ground.pipeline.settings.engine)
    engine = _engine(ground.pipeline.settings.engine, ground.engine_states())
    settings = {"blur": _component(_BLUR, spec)}
    button = gr.Button("Refocus", variant="primary", elem_id="refocus")
    stop = gr.Button("Stop", visible=False, elem_id="stop")
    with gr.Accordion("More settings", open=False, elem_id="more") as more:
        settings |= {control.name: _component(control, spec) for control in _MORE}
    return Controls(engine, settings, button, stop, more, spec_of)


def _component(control: Control, spec: EngineSpec) -> Component:
    return control.component(visible=control.option in spec.options, **_own_start(control, spec))


def _own_start(control: Control, spec: EngineSpec) -> dict[str, Any]:
    """The value a control starts from when it is another for each engine."""
    return {"value": spec.published_steps} if control.name == "steps" and spec.published_steps is not None else {}


def engine_choices(states: EngineStates) -> list[tuple[str, str]]:
    """The engines to choose from, those that are ready first."""
    ready_first = sorted(states.values(), key=lambda state: not state[1].ready)
    return [("Automatic", AUTO), *((engine_choice(*state), state[0].name) for state in ready_first)]


def _engine(start: str, states: EngineStates) -> gr.Radio:
    with gr.Group():
        engine = gr.Radio(engine_choices(states), value=start, label="Engine", elem_id="engine")
        state = gr.Markdown(engine_state(start, states), elem_id="engine-state")

    def show_state(name: str) -> str:
        return engine_state(name, states)

    engine.change(show_state, [engine], [state], queue=False, **QUIET)
    return engine
