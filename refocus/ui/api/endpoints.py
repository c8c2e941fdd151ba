"""The endpoints for programs and assistants: `refocus`, `prompt`, `bokeh` and `compare`, with documented parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from refocus.core import BadInput, portion
from refocus.core.focal_stack import DEFAULT_FRAMES, MIN_FRAMES
from refocus.depth import Meaning
from refocus.depth.file import read_photo_depth
from refocus.engines.registry import Choice
from refocus.media import Photo
from refocus.media.mask import read_focus_mask
from refocus.prompts import parse_prompt
from refocus.results import RefocusRequest
from refocus.results.bokeh_picture import BokehRequest, request_with_prompt
from refocus.results.run_options import PICTURE_OPTIONS
from refocus.ui.app_context import RENDERING, AppContext
from refocus.ui.compare.compare_tab import compare as run_compare
from refocus.ui.compare.compare_tab import compare_inputs, compare_request, ready_engines
from refocus.ui.controls.control_values import (
    PAGE_OPTIONS,
    START_VALUES,
    control_values,
    long_side_px,
    program_component,
)
from refocus.ui.export.export_panel import write_frames_zip
from refocus.ui.photo.photo_input import photo_input
from refocus.ui.prompt.made_picture import render_prompt
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.stack_jobs import refocus_photo
from refocus.ui.run.status_text import engine_choices
from refocus.ui.security.shown_text import failure, without_folders_in


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


def _add_rendering(
    name: str, endpoint: Callable[..., Any], parameters: Mapping[str, Component], outputs: list[Component]
) -> None:
    """Add an endpoint that renders, one at a time with the events of the page."""
    gr.Button(visible=False).click(
        documented(endpoint, parameters),
        list(parameters.values()),
        outputs,
        api_name=name,
        concurrency_limit=1,
        concurrency_id=RENDERING,
    )


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


def add_refocus_endpoint(context: AppContext) -> None:
    """Add the endpoint to the page, where nothing of it is visible."""
    options, for_download = option_parameters(context), context.folders.for_download
    video = gr.File(label="Video: the focus sweep, MP4", visible=False)
    frames_zip = gr.File(label="Frames, all-in-focus picture and disparity, ZIP", visible=False)
    details = gr.JSON(label="Details: engine, settings, seconds, notes", visible=False)

    def refocus(photo: str, values: dict[str, Any], progress: gr.Progress) -> tuple[str, str, dict[str, Any]]:
        """Make a focal stack of a photo: a video of the focus sweep, all files as a ZIP, and how they were made."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            *_, last = refocus_photo(context, _given(photo), values, None, job)
            result = last.result
            if result is None:
                raise stopped()
            try:
                archive = result.folder / f"{result.file_stem}_focal_stack.zip"
                sweep = write_frames_zip(result, archive, result.folder, job.report)
                metadata = without_folders_in(result.refocused.metadata())
                return str(for_download(sweep)), str(for_download(archive)), metadata
            finally:
                context.folders.remove(result.folder)
        raise stopped()

    photo = photo_input("Photo", visible=False)
    endpoint = with_option_parameters(refocus, list(options))
    _add_rendering("refocus", endpoint, {"photo": photo, **options}, [video, frames_zip, details])


def _given(photo: str | None) -> str:
    """The photo's path. Raises BadInput when a program gave none."""
    if not photo:
        raise BadInput("There is no photo.", todo="Give one.")
    return photo


_ENGINE_SHARE = 0.8


def add_prompt_endpoints(context: AppContext) -> None:
    """Add the endpoints to the page, where nothing of them is visible."""
    options = option_parameters(context)
    text = gr.Textbox(label="Bokeh prompt", visible=False)
    x, y = (gr.Number(label=f"{axis}, px of the photo: the point that should be sharp", visible=False) for axis in "xy")
    pictures = {name: program_component(declared) for name, declared in PICTURE_OPTIONS.items()}
    spec = gr.JSON(label="What was understood", visible=False)
    picture = gr.File(label="The picture, PNG; a focus pull, MP4", visible=False)
    details = gr.JSON(label="Details: what was understood and found, notes", visible=False)

    def prompt(prompt: str) -> dict[str, Any]:
        """What a bokeh prompt asks for, field by field; null where it says nothing."""
        return parse_prompt(prompt).to_dict()

    def bokeh(
        photo: str,
        prompt: str,
        engine: str,
        long_side: float,
        sharp: bool,
        depth: str | None = None,  # the default lets programs leave it out
        depth_is: Meaning = "disparity",
        x: float | None = None,
        y: float | None = None,
        focus_mask: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, dict[str, Any]]:
        """One picture of a photo, focused and blurred as a prompt says, or a video when it asks for a focus pull."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            at = None if x is None or y is None else (x, y)
            mask = None if focus_mask is None else read_focus_mask(focus_mask)
            wanted = BokehRequest(parse_prompt(prompt), at=at, mask=mask)
            choice = context.pipeline.choose(engine)
            request = _stack_request(choice, wanted, long_side_px(long_side), sharp)
            max_pixels = context.pipeline.settings.max_pixels
            opened = Photo.open(_given(photo), max_pixels=max_pixels)
            context.pipeline.check_size(opened.size, request, choice)
            if depth is not None:
                own = read_photo_depth(
                    depth, opened.size, meaning=depth_is, long_side=request.long_side, max_pixels=max_pixels
                )
                opened = opened.with_disparity(own)
            return _render(context, opened, wanted, request, choice, job)
        raise stopped()

    gr.Button(visible=False).click(documented(prompt, {"prompt": text}), [text], [spec], api_name="prompt", queue=False)
    used = {name: options[name] for name in ("engine", "long_side", "sharp", "depth", "depth_is")}
    parameters = {"photo": photo_input("Photo", visible=False), "prompt": text, **used, "x": x, "y": y, **pictures}
    _add_rendering("bokeh", bokeh, parameters, [picture, details])


def _stack_request(choice: Choice, wanted: BokehRequest, long_side: int, sharp: bool) -> RefocusRequest:
    """The stack is not returned, so it is as short as the engine can make it."""
    can_be_short = "frames" in choice.engine.spec.options
    request = RefocusRequest(frames=MIN_FRAMES if can_be_short else DEFAULT_FRAMES, long_side=long_side, sharp=sharp)
    return request_with_prompt(request, wanted.spec or parse_prompt(""), given=frozenset())


def _render(
    context: AppContext, photo: Photo, wanted: BokehRequest, request: RefocusRequest, choice: Choice, job: JobContext
) -> tuple[str, dict[str, Any]]:
    result = context.pipeline.run(photo, request, choice, portion(job.report, 0, _ENGINE_SHARE))
    folder = context.folders.new()
    try:
        made = render_prompt(result, wanted, folder, progress=portion(job.report, _ENGINE_SHARE, 1))
        path = context.folders.for_download(made.path)
    finally:
        context.folders.remove(folder)
    region = made.region
    return str(path), {
        "understood": made.spec.to_dict(),
        "box": None if region is None else list(region.box),
        "finder": None if region is None else region.finder,
        "confidence": None if region is None else region.confidence,
        "notes": without_folders_in([*result.notes, *made.notes]),
        "engine": result.engine,
        "seconds": result.seconds,
    }


def add_compare_endpoint(context: AppContext) -> None:
    """Add the endpoint to the page, where nothing of it is visible."""
    inputs, for_download = compare_inputs(context), context.folders.for_download
    grid = gr.File(label="Grid: one labelled picture of all columns, PNG", visible=False)
    video = gr.File(label="Video: all side by side, MP4", visible=False)
    details = gr.JSON(
        label="Details of each photo: its columns with settings and seconds, or the reason there is none", visible=False
    )

    def compare(
        photos: list[str],
        engines: list[str] | None = None,  # the defaults let programs leave them out
        blurs: list[float | str] | None = None,
        apertures: list[str] | None = None,
        depth_sources: list[str] | None = None,
        depths: list[str] | None = None,
        depth_is: str = "disparity",
        long_side: float = START_VALUES["long_side"],
        brought: list[str] | None = None,
        far_first: bool = False,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, str, list[dict[str, Any]]]:
        """Compare photos across engines, blur strengths, aperture shapes and depth sources, every combination a column,
        next to results from elsewhere: one labelled picture, a side-by-side video, and how each was made."""
        job = JobContext(progress)
        with job.errors_as_toasts():
            if not photos:
                raise BadInput("There is no photo to compare.", todo="Give one or more.")
            values = {
                "engines": ready_engines(context) if engines is None else engines,
                "blurs": [START_VALUES["blur"]] if blurs is None else blurs,
                "apertures": [START_VALUES["aperture"]] if apertures is None else apertures,
                "depth_sources": [START_VALUES["depth_source"]] if depth_sources is None else depth_sources,
                "depths": depths,
                "depth_is": depth_is,
                "long_side": long_side,
                "brought": brought,
                "far_first": far_first,
            }
            result = run_compare(context, compare_request(list(photos), values), job)
            try:
                return str(for_download(result.grid)), str(for_download(result.video)), result.details
            finally:
                context.folders.remove(result.folder)
        raise stopped()

    _add_rendering("compare", compare, inputs, [grid, video, details])
