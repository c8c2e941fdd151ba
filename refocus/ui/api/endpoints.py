"""What the endpoints for programs and assistants have in common: documented parameters, named and typed."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from refocus.ui.app_context import AppContext
from refocus.ui.controls.control_values import PAGE_OPTIONS, START_VALUES, control_values
from refocus.ui.controls.option_components import program_component
from refocus.ui.run.status_text import engine_choices
from refocus.ui.security.toasts import failure


def stopped() -> gr.Error:
    """The error for a program whose work was stopped."""
    return failure("The work was stopped.", html=False)


def option_parameters(context: AppContext) -> dict[str, Component]:
    """Invisible components for every option of the page, in their order: parameters of an endpoint."""
    start = context.pipeline.settings.engine
    engine = gr.Radio(engine_choices(context.engine_states()), value=start, label="Engine", visible=False)
    others = {name: program_component(option) for name, option in PAGE_OPTIONS.items() if name != "engine"}
    return {"engine": engine, **others}


def documented(endpoint: Callable[..., Any], parameters: Mapping[str, Component]) -> Callable[..., Any]:
    """The endpoint with its parameters described, for the API page and for assistants.

    Args:
        endpoint: its docstring says what it does.
        parameters: its components by the names of its parameters.
    """
    described = (f"    {name}: {_description(name, component)}" for name, component in parameters.items())
    endpoint.__doc__ = "\n".join([inspect.getdoc(endpoint) or "", "", "Args:", *described])
    return endpoint


def _description(name: str, component: Component) -> str:
    """What a parameter is for, in one line: gradio's reader of docstrings takes no more."""
    option = PAGE_OPTIONS.get(name)
    texts = [getattr(component, "info", None)] if option is None else [f"{option.help}.", option.info]
    return " ".join(filter(None, [f"{component.label}.", *texts]))


def with_option_parameters(
    action: Callable[[Any, dict[str, Any], gr.Progress], Any], names: list[str]
) -> Callable[..., Any]:
    """An action on a photo as an endpoint with one named parameter for each option.

    Args:
        action: takes the photo's path, the control values and the progress; its docstring describes the endpoint.
        names: of the options; programs may leave each of them out.
    """

    def endpoint(photo: str, *values: Any) -> Any:
        *options, progress = values
        return action(photo, control_values(dict(zip(names, options, strict=True))), progress)

    defaults: Mapping[str, Any] = {name: START_VALUES[name] for name in names} | {"progress": gr.Progress()}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    endpoint.__name__ = action.__name__
    endpoint.__doc__ = action.__doc__
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("photo", kind), *(inspect.Parameter(n, kind, default=d) for n, d in defaults.items())]
    )
    return endpoint
