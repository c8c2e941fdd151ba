"""From the arguments of a command to the result they ask for."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refocus.cli.arguments import RequestArguments, StackArguments
from refocus.core import BadInput, Progress, portion
from refocus.core.settings import AUTO, Settings
from refocus.depth.file import read_photo_depth
from refocus.engines.photo_stack import PhotoOrder, PhotoStack
from refocus.engines.registry import Choice
from refocus.media import Photo
from refocus.media.photo_files import photos_in
from refocus.pipeline import RefocusPipeline
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, prompt_notes, request_with_prompt
from refocus.results.focus_pull import focus_pull
from refocus.results.request import RefocusRequest
from refocus.results.run_options import RunOptions
from refocus.results.saved import StackSettings, is_saved

_PHOTO_STACK_OPTIONS = ("blur", "f_number", "k", "aperture", "long_side")


@dataclass(frozen=True, slots=True)
class StackMaker:
    """Makes stacks of any number of photos with the same arguments, checked before any photo is read.

    Attributes:
        pipeline: holds the engines, so that weights are loaded once.
        request: what to make.
        engine: the requested name, perhaps "auto".
        choice: the engine that runs.
        run: has the user's own depth map and pre-deblurred picture, and more photos of the scene.
    """

    pipeline: RefocusPipeline
    request: RefocusRequest
    engine: str
    choice: Choice
    run: RunOptions

    @classmethod
    def create(
        cls, arguments: RequestArguments, settings: Settings, saved: StackSettings | None = None
    ) -> "StackMaker":
        """From the arguments, or from the settings of an earlier stack.

        Raises:
            BadInput: for values that are not possible.
            EngineNotReady: when the engine cannot run here.
        """
        run = arguments.run
        request = arguments.request() if saved is None else saved.request
        settings = replace(
            settings, models=run.model or settings.models, depth_model=run.depth_model or settings.depth_model
        )
        pipeline = RefocusPipeline(settings)
        engine = (run.engine if saved is None else saved.engine) or settings.engine
        return cls(pipeline, request, engine, pipeline.choose(engine), run)

    def make(self, path: Path, progress: Progress) -> Refocused:
        """Open a photo and make its stack."""
        max_pixels = self.pipeline.settings.max_pixels
        photo = Photo.open(path, max_pixels=max_pixels)
        if self.run.depth:
            own = read_photo_depth(
                self.run.depth,
                photo.size,
                meaning=self.run.depth_is,
                long_side=self.request.long_side,
                max_pixels=max_pixels,
            )
            photo = photo.with_disparity(own)
        if self.run.pre_deblurred:
            photo = photo.with_pre_deblurred(Photo.open(self.run.pre_deblurred, max_pixels=max_pixels).rgb)
        photo = photo.with_more([Photo.open(other, max_pixels=max_pixels) for other in self.run.more_photos or ()])
        return self.pipeline.run(photo, self.request, self.choice, progress)


def load_or_make(source: Path, arguments: RequestArguments, settings: Settings, progress: Progress) -> Refocused:
    """From a saved stack, with strokes where some are given, or from a photo."""
    if not is_saved(source):
        return StackMaker.create(arguments, settings).make(source, progress)
    result = RefocusPipeline(settings).load(source)
    return result.touched_up(arguments.options.get("touch_up", ()), progress=progress)


def make_one(arguments: StackArguments, settings: Settings, progress: Progress) -> Refocused:
    """One stack: of a photo, or of a folder with the photos of a real focal stack."""
    if arguments.photo.is_dir():
        return _make_photo_stack(arguments.photo, arguments.request_args, arguments.photo_order, settings, progress)
    return StackMaker.create(arguments.request_args, settings, arguments.saved).make(arguments.photo, progress)


def _make_photo_stack(
    folder: Path, arguments: RequestArguments, order: PhotoOrder, settings: Settings, progress: Progress
) -> Refocused:
    options, run = arguments.options, arguments.run
    used_options = {
        "--depth": run.depth,
        "--pre-deblurred": run.pre_deblurred,
        "--more-photos": run.more_photos,
        "--depth-source": options.get("depth_source", AUTO) != AUTO,
        "--depth-model": run.depth_model,
        "--touch-up": options.get("touch_up"),
        "--engine": run.engine not in (None, AUTO),
    }
    unfit = [name for name, given in used_options.items() if given]
    if unfit:
        raise BadInput(
            f"{' and '.join(unfit)} cannot be used with a folder of photos: their own focus tells the depth.",
            todo="Leave it out.",
        )
    used = {name: options[name] for name in _PHOTO_STACK_OPTIONS if name in options}
    request = RefocusRequest.from_options(used)
    if arguments.spec is not None:
        request = request_with_prompt(request, arguments.spec, given=frozenset(used))
    photo_stack = PhotoStack.open(
        photos_in(folder),
        long_side=request.long_side,
        name=folder.resolve().name,
        max_pixels=settings.max_pixels,
        max_stack_pixels=settings.max_stack_pixels,
    )
    return RefocusPipeline(settings).run_photo_stack(photo_stack, request, order, progress)


def save_with_prompt(
    result: Refocused,
    request: BokehRequest,
    folder: Path,
    *,
    fps: float | None,
    more: Mapping[str, Any] | None = None,
    progress: Progress,
) -> Refocused:
    """Write a stack; stack.mp4 is the focus pull of the prompt when it asks for one.

    Args:
        result: the stack.
        request: has what the prompt says.
        folder, fps, more: as in `Refocused.save`.
        progress: called with stage and fraction.

    Returns:
        The stack with notes on the prompt.
    """
    with tempfile.TemporaryDirectory() as scratch:
        video: Path | None = None
        if request.pulls_focus and fps is None:
            pull = focus_pull(result, request, progress=portion(progress, 0, 0.3))
            video = Path(scratch) / "pull.mp4"
            pull.write(video)
            result = replace(result, prompt_notes=("stack.mp4 is the focus pull of the prompt.", *pull.notes))
        elif request.spec is not None:
            result = replace(result, prompt_notes=prompt_notes(result, request))
        result.save(folder, fps=fps, video=video, more=more, progress=portion(progress, 0.3, 1))
    return result
