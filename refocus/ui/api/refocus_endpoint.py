"""The app as an API: the same actions with plain files as results, named and typed."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import gradio as gr
from gradio.components import Component

from refocus.ui.app_context import RENDERING, Ground
from refocus.ui.controls.control_values import Chosen
from refocus.ui.controls.settings_controls import CONTROLS, engine_choices
from refocus.ui.export.export_panel import pack
from refocus.ui.photo.photo_area import photo_control
from refocus.ui.run.actions import Handlers, Visit, told_to
from refocus.ui.security.shown_text import without_folders_in
from refocus.ui.security.toasts import failure


def add_endpoints(ground: Ground, handlers: Handlers) -> None:
    """Add the public endpoint `refocus` to the page; nothing of it is seen there.

    Args:
        ground: pipeline and folders.
        handlers: the page's actions.
    """
    settings = settings_for_programs(ground)
    video = gr.File(label="Video: the focus sweep, MP4", visible=False)
    frames_zip = gr.File(label="Frames, all-in-focus picture and disparity, ZIP", visible=False)
    details = gr.JSON(label="Details: engine, settings, seconds, notes", visible=False)

    def refocus(photo: str, chosen: Chosen, progress: gr.Progress) -> tuple[str, str, dict[str, Any]]:
        """Make a focal stack of a photo: a video of the focus sweep, all files as a ZIP, and how they were made."""
        visit = Visit(progress)
        *_, last = handlers.refocus(photo, chosen, None, visit)
        if last.made is None:
            raise stopped()
        frames_zip = last.made.folder / f"{last.made.name}_focal_stack.zip"
        with told_to(visit):
            video = pack(last.made, frames_zip, last.made.folder, visit.tell)
            return str(video), str(frames_zip), without_folders_in(last.made.result.metadata())
        raise stopped()

    photo = photo_for_programs()
    gr.Button(visible=False).click(
        documented(with_settings(refocus, list(settings)), {"photo": photo, **settings}),
        [photo, *settings.values()],
        [video, frames_zip, details],
        api_name="refocus",
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )


def stopped() -> gr.Error:
    """What a program is told whose work was stopped."""
    return failure("The work was stopped.", html=False)


def photo_for_programs() -> Component:
    """The photo as a parameter of an endpoint; unseen."""
    return photo_control("Photo", visible=False)


def settings_for_programs(ground: Ground) -> dict[str, Component]:
    """Unseen components for every field of `Chosen`, in their order: parameters of an endpoint."""
    unseen: dict[str, Any] = {"visible": False, "elem_id": None}
    own: dict[str, Callable[[], Component]] = {
        "engine": lambda: gr.Radio(
            engine_choices(ground.engine_states()), value=ground.pipeline.settings.engine, label="Engine", **unseen
        ),
        # Sliders cannot be left empty, and a text is no number.
        "input_position": lambda: gr.Number(
            label="Input position, 0 to 8; estimated when left out", precision=0, **unseen
        ),
        "steps": lambda: gr.Number(label="Steps; as published when left out", precision=0, **unseen),
        "k": lambda: gr.Number(
            label="K, px per diopter; 0 is no blur; the blur strength counts when left out", **unseen
        ),
    }
    return {
        name: own[name]() if name in own else CONTROLS[name].component(**unseen)
        for name in (field.name for field in fields(Chosen))
    }


def documented(endpoint: Callable[..., Any], parameters: Mapping[str, Component]) -> Callable[..., Any]:
    """The endpoint with its parameters described, for the API page and for assistants.

    Args:
        endpoint: its docstring says what it does.
        parameters: its components by the names of its parameters.
    """
    said = (f"    {name}: {_described(component)}" for name, component in parameters.items())
    endpoint.__doc__ = "\n".join([inspect.getdoc(endpoint) or "", "", "Args:", *said])
    return endpoint


def _described(component: Component) -> str:
    """What a component is for, in a line; gradio's reader of docstrings takes no more."""
    info: str | None = getattr(component, "info", None)
    return f"{component.label}. {info}" if info else f"{component.label}."


def with_settings(action: Callable[[Any, Chosen, gr.Progress], Any], names: list[str]) -> Callable[..., Any]:
    """An action on a photo as an endpoint with one named parameter a setting.

    Args:
        action: takes the photo's path, what was chosen, and the progress; its docstring describes the endpoint.
        names: fields of `Chosen`; each becomes a parameter that programs may leave out.
    """
    start = Chosen()

    def endpoint(photo: str, *values: Any) -> Any:
        *settings, progress = values
        return action(photo, Chosen.of(dict(zip(names, settings, strict=True))), progress)

    parameters: Mapping[str, Any] = {name: getattr(start, name) for name in names} | {"progress": gr.Progress()}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    endpoint.__name__ = action.__name__
    endpoint.__doc__ = action.__doc__
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("photo", kind), *(inspect.Parameter(n, kind, default=d) for n, d in parameters.items())]
    )
    return endpoint
