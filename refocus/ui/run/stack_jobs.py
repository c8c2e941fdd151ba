"""The jobs that make a session's stacks. Each removes its folder when it fails or is stopped."""

import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from refocus.core import Scene, portion, stack_focus_disparity
from refocus.core.progress import NO_OBSERVER
from refocus.core.threads import begin_on_one_core
from refocus.depth import Stroke
from refocus.depth.file import read_photo_depth
from refocus.engines.photo_stack import PhotoStack
from refocus.media import Photo, save_jpeg
from refocus.results import RefocusRequest
from refocus.results.rendering import focus_range
from refocus.subjects.main_subject import MainSubject, Sighting, known_photo_focus, look_at, main_subject
from refocus.ui.app_context import AppContext
from refocus.ui.controls.control_values import request_of
from refocus.ui.run.background import Reporter, Update
from refocus.ui.run.interruptible import run_interruptibly
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult, write_session_result
from refocus.ui.viewer.focus_viewer import FocusView, draft_value, draft_with_depth, photo_value, sharper_draft
from refocus.ui.viewer.preview_look import PreviewLook

_ENGINE_SHARE = 0.9
_BROWSER_FORMATS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp"}
Updates = Generator[Update[SessionResult], None, None]


def refocus_photo(
    context: AppContext,
    photo_path: str,
    values: Mapping[str, Any],
    previous: SessionResult | None,
    job: JobContext,
) -> Updates:
    """Make the stack of a photo; yields previews, then the result.

    Args:
        context: pipeline and folders.
        photo_path: the photo's file.
        values: of the controls; those the engine has no option for are left out.
        previous: the result that is shown; its disparity is used again when the scene is the same.
        job: who requested it; receives the progress.

    Raises:
        RefocusError: with what to do.
        Cancelled: after a stop, or when the user has left.
    """
    pipeline = context.pipeline
    choice = pipeline.choose(values["engine"])
    options = choice.engine.spec.options
    request = request_of(values, options)
    same_scene = previous if previous is not None and previous.is_scene_of(photo_path, values) else None

    def work(folder: Path, report: Reporter) -> SessionResult:
        photo = Photo.open(photo_path, max_pixels=pipeline.settings.max_pixels)
        if same_scene is not None:
            preview = _copy(same_scene.photo_preview, folder)
        elif Path(photo_path).suffix.lower() in _BROWSER_FORMATS:
            preview = None  # the browser shows it by itself
        else:
            working = photo.resized(request.long_side)
            preview = folder / f"preview-{folder.name}.jpg"
            save_jpeg(preview, working.rgb)
            view = photo_value(working.rgb, folder / "photo", description=photo.name)
            report.send(Update(preview=view, photo_preview=preview))
        known = same_scene if "depth" in options else None
        max_pixels = pipeline.settings.max_pixels
        own = photo if "depth" not in options else _with_known_depth(photo, values, request, known, max_pixels)
        if "pre_deblurred" in options and values["pre_deblurred"] is not None:
            own = own.with_pre_deblurred(Photo.open(values["pre_deblurred"], max_pixels=max_pixels).rgb)
        if "more_photos" in options:
            own = own.with_more([Photo.open(path, max_pixels=max_pixels) for path in values["more_photos"] or ()])
        strokes = () if known is None else known.refocused.request.touch_up
        drafts = _DraftObserver(photo, request, folder, report)
        refocused = pipeline.run(
            own,
            replace(request, touch_up=strokes),
            choice,
            portion(report, 0, _ENGINE_SHARE),
            drafts if same_scene is None else NO_OBSERVER,  # the viewer shows previews of the same scene already
        )
        refocused = replace(refocused, photo=replace(photo, camera=refocused.photo.camera))
        report("Preparing the viewer", _ENGINE_SHARE)
        subject, name = drafts.subject, folder.name
        if same_scene is not None:
            subject, name = same_scene.subject, same_scene.view.scene
        return write_session_result(
            (photo_path, ()),
            values,
            refocused,
            folder,
            photo_preview=preview,
            untouched=own.disparity if strokes else None,
            subject=subject,
            scene=name,
            draft=drafts.view,
        )

    return _run(context, work, job)


def refocus_photo_stack(
    context: AppContext, paths: Sequence[str], values: Mapping[str, Any], job: JobContext
) -> Updates:
    """Take the photos of the user's own focal stack as the stack. Arguments and errors as `refocus_photo`."""
    request = request_of(values, frozenset({"blur", "k", "aperture", "long_side"}))
    settings = context.pipeline.settings

    def work(folder: Path, report: Reporter) -> SessionResult:
        captured = PhotoStack.open(
            tuple(paths),
            long_side=request.long_side,
            max_pixels=settings.max_pixels,
            max_stack_pixels=settings.max_stack_pixels,
            progress=lambda stage, _: report(stage, 0.0),
        )
        refocused = context.pipeline.run_photo_stack(captured, request, progress=portion(report, 0, _ENGINE_SHARE))
        report("Preparing the viewer", _ENGINE_SHARE)
        return write_session_result(("", tuple(paths)), values, refocused, folder)

    return _run(context, work, job)


def touch_up_result(context: AppContext, result: SessionResult, strokes: Sequence[Stroke], job: JobContext) -> Updates:
    """Render a finished stack again with a depth corrected by strokes, which replace earlier ones.

    Nothing is estimated again. Errors as `refocus_photo`.
    """

    def work(folder: Path, report: Reporter) -> SessionResult:
        untouched = result.disparity_before_touch_up
        progress = portion(report, 0, _ENGINE_SHARE)
        refocused = result.refocused.touched_up(strokes, untouched=untouched, progress=progress)
        report("Preparing the viewer", _ENGINE_SHARE)
        return write_session_result(
            result.source,
            result.values,
            refocused,
            folder,
            photo_preview=_copy(result.photo_preview, folder),
            untouched=untouched if strokes else None,
            scene=result.view.scene,
        )

    return _run(context, work, job)


def _run(context: AppContext, work: Callable[[Path, Reporter], SessionResult], job: JobContext) -> Updates:
    """Run a job in a folder of its own until its user stops it or leaves."""
    folder = context.folders.new(job.session)
    yield from run_interruptibly(
        context, lambda report: work(folder, report), job, clean_up=lambda: context.folders.remove(folder)
    )


def _with_known_depth(
    photo: Photo, values: Mapping[str, Any], request: RefocusRequest, known: SessionResult | None, max_pixels: int
) -> Photo:
    """The photo with the depth of an earlier result, without strokes, or with that of the user's file."""
    if known is not None:
        return photo.with_disparity(known.disparity_before_touch_up)
    if values["depth"] is not None:
        own = read_photo_depth(
            values["depth"],
            photo.size,
            meaning=values["depth_is"],
            long_side=request.long_side,
            max_pixels=max_pixels,
        )
        return photo.with_disparity(own)
    return photo


def _copy(file: Path | None, folder: Path) -> Path | None:
    return None if file is None else Path(shutil.copy(file, folder))


class _DraftObserver:
    """Sends what the viewer makes drafts of: as soon as the depth is known, and again when all is in focus.

    Attributes:
        subject: what the photo opens on; None before the depth is known.
        view: the draft that is shown; None before there is one.
    """

    def __init__(self, photo: Photo, request: RefocusRequest, folder: Path, report: Reporter) -> None:
        self._photo = photo
        self._request = request
        self._folder = folder
        self._report = report
        self._focus_disparity = np.zeros(0, np.float32)
        self._looking: Future[Sighting] | None = None
        self._drafts = 0
        self.view: FocusView | None = None
        self.subject: MainSubject | None = None

    def depth_drafted(self, scene: Scene) -> None:
        """A rough depth is known: the draft opens on what is near and in the middle; its subject is looked for."""
        self._show(scene, None)
        self._looking = begin_on_one_core(lambda: look_at(scene.all_in_focus))

    def depth_known(self, scene: Scene) -> None:
        """The depth is known: the draft is made of the photo as it is, and opens on its subject."""
        sighting = None if self._looking is None else self._looking.result()
        self.subject = main_subject(scene, sighting=sighting)
        self._show(scene, self.subject)

    def _show(self, scene: Scene, subject: MainSubject | None) -> None:
        between = focus_range(scene.disparity)
        self._focus_disparity = stack_focus_disparity(*between, self._request.frames)
        self._drafts += 1
        folder, position = self._draft_folder(), None if subject is None else self._position()
        look = PreviewLook.of(scene.disparity, between, self._photo.camera, self._request)
        depth = scene.disparity, self._focus_disparity
        word = "" if subject is None else subject.word
        if self.view is None:
            picture, scene_name, name = scene.all_in_focus, self._folder.name, self._photo.name
            self.view = draft_value(
                picture, *depth, folder, position, look=look, subject=word, scene=scene_name, description=name
            )
        else:
            self.view = draft_with_depth(self.view, *depth, folder, position, look=look, subject=word)
        self._report.send(Update(preview=self.view))

    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        """All is in focus: the draft is made of that."""
        if self.view is None or self.subject is None:
            height, width = scene.all_in_focus.shape[:2]
            self.depth_known(Scene(self._photo.resized(max(width, height)).rgb, scene.disparity))
        assert self.view is not None and self.subject is not None  # noqa: S101, PT018 - set by `depth_known`
        self.subject = known_photo_focus(self.subject, photo_focus)
        view = sharper_draft(self.view, scene.all_in_focus, self._draft_folder())
        start = {"position": self._position(), "subject": self.subject.word}
        self.view = view.model_copy(update=start)
        self._report.send(Update(preview=self.view))

    def _draft_folder(self) -> Path:
        """Of this draft alone: browsers keep what they loaded from an address."""
        return self._folder / f"draft_{self._drafts}"

    def _position(self) -> float:
        assert self.subject is not None  # noqa: S101 - set before
        positions = np.arange(len(self._focus_disparity))
        return float(np.interp(self.subject.disparity, self._focus_disparity[::-1], positions[::-1]))
