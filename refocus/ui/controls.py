"""The settings on the page: one line each in a table, in the order they stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from refocus.core import BadInput
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.engines import EngineSpec
from refocus.engines.request import DEPTH_CHOICES, LAST_INPUT_POSITION, MAX_DECODE_OVERLAP, MAX_GUIDANCE
from refocus.models.focal_stack.settings import DEFAULT_STEPS as VIDEO_STEPS
from refocus.optics import APERTURE_NAMES
from refocus.pipeline import AUTO
from refocus.ui.chosen import Chosen
from refocus.ui.ground import QUIET, Ground
from refocus.ui.words import label, language_of
from refocus.ui.words.sentences import EngineStates, engine_choice, engine_state


@dataclass(frozen=True, slots=True)
class Control:
    """One setting: a new one is a line in `_MORE` and a field of `Chosen`.

    Attributes:
        name: of its field in `Chosen` and of the parameter for programs.
        words: key of its label.
        option: it is seen when the engine heeds this option.
        make: makes the component, given its label, id and start value.
    """

    name: str
    words: str
    option: str
    make: Callable[..., Component]

    def component(self, **changed: Any) -> Component:
        """The component as it stands on the page, within the gr.Blocks that is being built."""
        start = getattr(Chosen(), self.name)
        given = {} if start is None else {"value": start}
        return self.make(
            **{"label": label(self.words), "elem_id": _ELEM_IDS.get(self.name, self.name), **given, **changed}
        )


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


def _control(name: str, words: str, kind: type[Component], option: str | None = None, **fixed: Any) -> Control:
    return Control(name, words, option or name, lambda **given: kind(**{**fixed, **given}))


_BLUR = _control("blur", "blur", gr.Slider, minimum=0, maximum=1, step=0.05)
_MORE = (
    _control("frames", "frames", gr.Slider, minimum=MIN_FRAMES, maximum=MAX_FRAMES, step=1),
    _control(
        "aperture", "aperture", gr.Dropdown, choices=[(label(f"aperture.{name}"), name) for name in APERTURE_NAMES]
    ),
    _control("long_side", "longSide", gr.Slider, minimum=512, maximum=4096, step=64, info=label("longSide.info")),
    _control("sharp", "sharp", gr.Checkbox),
    _control(
        "depth_source",
        "depthSource",
        gr.Radio,
        choices=[(label(f"depthSource.{choice}"), choice) for choice in DEPTH_CHOICES],
        info=label("depthSource.info"),
    ),
    _control("depth", "depth", gr.File, file_types=[".npy", ".npz", ".png"], height=FILE_HEIGHT_PX),
    _control(
        "depth_is",
        "depthIs",
        gr.Radio,
        "depth",
        choices=[(label("depthIs.disparity"), "disparity"), (label("depthIs.metres"), "metres")],
    ),
    _control(
        "input_position",
        "inputPosition",
        gr.Slider,
        minimum=0,
        maximum=LAST_INPUT_POSITION,
        step=1,
        value=LAST_INPUT_POSITION,
        info=label("inputPosition.info"),
    ),
    _control("restore", "restore", gr.Textbox, value="", max_length=300, info=label("restore.info")),
    # A number field of gradio's cannot be empty: it turns nothing into 0, which means no blur.
    _control("k", "k", gr.Textbox, value="", max_lines=1, max_length=8, info=label("k.info")),
    _control("steps", "steps", gr.Slider, minimum=1, maximum=50, step=1, value=VIDEO_STEPS, info=label("steps.info")),
    _control("seed", "seed", gr.Number, precision=0, minimum=0),
    _control("full_size", "fullSize", gr.Checkbox),
    _control(
        "guidance",
        "guidance",
        gr.Slider,
        minimum=0,
        maximum=MAX_GUIDANCE,
        step=0.1,
        info=label("guidance.info"),
    ),
    _control(
        "decode_overlap",
        "decodeOverlap",
        gr.Slider,
        minimum=0,
        maximum=MAX_DECODE_OVERLAP,
        step=1,
        info=label("decodeOverlap.info"),
    ),
    _control("corrected_clip", "correctedClip", gr.Checkbox),
)
CONTROLS: dict[str, Control] = {control.name: control for control in (_BLUR, *_MORE)}
"""Every setting but the engine, by name."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The settings' components on the page.

    Attributes:
        engine: the choice of engine.
        engine_state: says what it does, and whether it can run here.
        settings: the component of each of `CONTROLS`, by name.
        button: makes the stack.
        stop: in its place while one is made.
        more: the fold, to add further controls to: `with controls.more: ...`.
        spec_of: what the engine of a name, or "auto", is now.
        states: every engine as it was when the page was built.
    """

    engine: gr.Radio
    engine_state: gr.Markdown
    settings: Mapping[str, Component]
    button: gr.Button
    stop: gr.Button
    more: gr.Accordion
    spec_of: Callable[[str], EngineSpec]
    states: EngineStates

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

    def speaking(self) -> list[Block]:
        """What `in_language` may change, as outputs of an event."""
        return [self.engine, self.engine_state]

    def in_language(self, language: str, engine: str) -> dict[Block, Any]:
        """Updates for what the page says in English until it knows its reader.

        Args:
            language: of the reader.
            engine: name of the one that is chosen.
        """
        if language == "en":
            return {self.engine: gr.skip()}
        return {
            self.engine: gr.update(choices=engine_choices(self.states, language)),
            self.engine_state: engine_state(engine, self.states, language),
        }

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
    states = ground.engine_states()
    engine, state = _engine(ground.pipeline.settings.engine, states)
    settings = {"blur": _component(_BLUR, spec)}
    button = gr.Button(label("refocus"), variant="primary", elem_id="refocus")
    stop = gr.Button(label("stop"), visible=False, elem_id="stop")
    with gr.Accordion(label("more"), open=False, elem_id="more") as more:
        settings |= {control.name: _component(control, spec) for control in _MORE}
    return Controls(engine, state, settings, button, stop, more, spec_of, states)


def _component(control: Control, spec: EngineSpec) -> Component:
    return control.component(visible=control.option in spec.options, **_own_start(control, spec))


def _own_start(control: Control, spec: EngineSpec) -> dict[str, Any]:
    """The value a control starts from when it is another for each engine."""
    return {"value": spec.published_steps} if control.name == "steps" and spec.published_steps is not None else {}


def engine_choices(states: EngineStates, language: str = "en") -> list[tuple[Any, str]]:
    """The engines to choose from, those that are ready first."""
    ready_first = sorted(states.values(), key=lambda state: not state[1].ready)
    return [(label("engine.auto"), AUTO), *((engine_choice(*state, language), state[0].name) for state in ready_first)]


def _engine(start: str, states: EngineStates) -> tuple[gr.Radio, gr.Markdown]:
    with gr.Group():
        engine = gr.Radio(engine_choices(states), value=start, label=label("engine"), elem_id="engine")
        state = gr.Markdown(engine_state(start, states), elem_id="engine-state")

    def show_state(name: str, request: gr.Request) -> str:
        return engine_state(name, states, language_of(request))

    engine.change(show_state, [engine], [state], queue=False, **QUIET)
    return engine, state
