"""What happens when the user does something: translates the page's values to requests and back."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import gradio as gr

from refocus.core import Cancelled, RefocusError
from refocus.core.settings import AUTO
from refocus.depth import Stroke
from refocus.engines import EngineSpec
from refocus.engines.video_diffusion.input_position import find_input_position
from refocus.media import Photo, save_jpeg
from refocus.pipeline import RefocusPipeline
from refocus.results import RefocusRequest
from refocus.ui.controls.control_values import Chosen
from refocus.ui.folders import ResultFolders
from refocus.ui.run.background import Done, Glimpse, Stop, Update
from refocus.ui.run.session_result import Made, Wish, make, make_captured, make_touched
from refocus.ui.run.status_text import NEXT_STEP, STOPPED, finished
from refocus.ui.run.stop_requests import Runs
from refocus.ui.security.queue_limits import departure
from refocus.ui.security.toasts import failure
from refocus.ui.viewer import FocusView, photo_value

PREVIEW_PREFIX = "preview-"
_BROWSERS_SHOW = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp"}
_UNEXPECTED = "Something unexpected went wrong. Try again or use another photo; the log has the details."
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the page shows now.

    Attributes:
        view: the focus viewer; None empties it.
        status: the status line.
        made: what is finished; None while it is not.
        preview: the photo in a kind every browser shows, when the photo's own is none; else None.
    """

    view: FocusView | None
    status: str
    made: Made | None = None
    preview: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """Who asks.

    Attributes:
        progress: told the stage and how much is done.
        session: names the user's session, for its Stop button.
        on_page: whether it is the page that asks, where toasts are HTML; else it is a program.
        has_left: whether nobody waits for the answer any more.
    """

    progress: gr.Progress
    session: str = ""
    on_page: bool = False
    has_left: Callable[[], bool] = field(default_factory=departure)

    @classmethod
    def of(cls, request: gr.Request, progress: gr.Progress) -> "Visit":
        """From what gradio tells of a request."""
        return cls(progress, str(request.session_hash or ""), on_page=True)

    def tell(self, stage: str, fraction: float) -> None:
        """A `Progress` that tells the user. Raises `Cancelled` when they have left."""
        if self.has_left():
            raise Cancelled
        self.progress(fraction, desc=stage)


class Handlers:
    """The page's actions. Holds what all sessions share; everything of one session comes in and goes out.

    Args:
        pipeline: runs the engines.
        folders: where results go.
    """

    def __init__(self, pipeline: RefocusPipeline, folders: ResultFolders) -> None:
        self._pipeline = pipeline
        self._folders = folders
        self._runs = Runs()

    def refocus(self, photo_path: str, chosen: Chosen, previous: Made | None, visit: Visit) -> Iterator[Shown]:
        """The photo at once, glimpses of the result, then its finished stack.

        Settings the engine does not heed are left out. After a stop or an error, what was shown before is back.

        Args:
            photo_path: the photo's file.
            chosen: what the controls say.
            previous: what is shown now.
            visit: who asks.

        Raises:
            gr.Error: with a sentence for the user.
        """
        with self._runs.running(visit.session, visit.has_left) as stop, told_to(visit):
            heeded = self._pipeline.choose(chosen.engine).engine.spec.options
            request = chosen.request(heeded)
            wish = Wish(photo_path, chosen.engine, request, chosen.depth, chosen.depth_is, chosen=chosen)
            yield from _or_back(self._run(wish, previous, visit, stop), previous)

    def refocus_stack(
        self, paths: Sequence[str], chosen: Chosen, previous: Made | None, visit: Visit
    ) -> Iterator[Shown]:
        """The user's own focal stack, finished. Args as `refocus`.

        Raises:
            gr.Error: with a sentence for the user.
        """
        with self._runs.running(visit.session, visit.has_left) as stop, told_to(visit):
            request = RefocusRequest(blur=chosen.blur, aperture=chosen.aperture, long_side=chosen.long_side)
            wish = Wish("", AUTO, request, stack_paths=tuple(paths), chosen=chosen)
            updates = make_captured(self._pipeline, wish, self._folders.new(), stop)
            yield from _or_back(_as_shown(updates, visit), previous)

    def touch_up(self, made: Made, strokes: Sequence[Stroke], visit: Visit) -> Iterator[Shown]:
        """The stack of a depth corrected by strokes; nothing is estimated again. Raises as `refocus`."""
        with self._runs.running(visit.session, visit.has_left) as stop, told_to(visit):
            updates = make_touched(made, strokes, self._folders.new(), stop)
            yield from _or_back(_as_shown(updates, visit), made)

    def stop(self, session: str) -> None:
        """Stop what a session has running, or is about to run."""
        self._runs.stop(session)

    def make_way(self, session: str) -> None:
        """Stop what a session has running, before the next run of it starts."""
        self._runs.make_way(session)

    def spec(self, engine: str) -> EngineSpec:
        """What the engine of that name is; one that heeds nothing when there is no such engine."""
        try:
            chosen = self._pipeline.choose(AUTO).engine if engine == AUTO else self._pipeline.engine(engine)
        except RefocusError:
            return EngineSpec(engine, engine, "", "")
        return chosen.spec

    def estimated_position(self, photo_path: str | None, engine: str) -> int | None:
        """Where the photo was focused, for an engine that asks; None when there is nothing to tell."""
        if photo_path is None or "input_position" not in self.spec(engine).options:
            return None
        try:
            photo = Photo.open(photo_path, max_pixels=self._pipeline.settings.max_pixels)
            return find_input_position(photo, None).index
        except RefocusError:
            return None  # the run on the same photo says what is wrong

    def forget(self, shelf: Sequence[Made]) -> None:
        """Remove the files of stacks nobody needs any more."""
        for made in shelf:
            self._folders.remove(made.folder)

    def _run(self, wish: Wish, previous: Made | None, visit: Visit, stop: Stop) -> Iterator[Shown]:
        photo = Photo.open(wish.photo_path, max_pixels=self._pipeline.settings.max_pixels)
        self._pipeline.check_size(photo, wish.request, wish.engine)
        folder = self._folders.new()
        if previous is None or not wish.same_scene(previous.wish):
            working = photo.resized(wish.request.long_side)
            view = photo_value(working.rgb, folder / "photo", description=photo.name)
            preview = _preview(wish.photo_path, working, folder)
            yield Shown(view, "", preview=preview)
        else:
            preview = previous.preview
        for shown in _as_shown(make(self._pipeline, wish, photo, folder, previous, stop), visit):
            yield shown if shown.made is None else replace(shown, made=replace(shown.made, preview=preview))


def shown_again(made: Made | None) -> Shown:
    """What was finished before, as the page shows it; the empty page for None."""
    if made is None:
        return Shown(None, NEXT_STEP)
    return Shown(made.view, finished(made.result), made)


def _or_back(pictures: Iterator[Shown], previous: Made | None) -> Iterator[Shown]:
    """The pictures; after a stop or an error what was there before, and the error goes on."""
    began = False
    try:
        for shown in pictures:
            began = True
            yield shown
    except Cancelled:
        yield replace(shown_again(previous), status=STOPPED)
    except GeneratorExit:
        raise
    except BaseException:
        if began:
            yield shown_again(previous)
        raise


def told_to(visit: Visit) -> AbstractContextManager[None]:
    """As `told_to_the_user`, for whoever asks."""
    return told_to_the_user(on_page=visit.on_page)


@contextmanager
def told_to_the_user(*, on_page: bool = True) -> Iterator[None]:
    """Turns what goes wrong into one sentence on the page, or for a program; a stop is nothing to tell."""
    try:
        yield
    except Cancelled:
        return
    except RefocusError as error:
        raise failure(str(error), html=on_page) from error
    except gr.Error:
        raise
    except Exception as error:
        logger.exception("refocusing failed")
        raise failure(_UNEXPECTED, html=on_page) from error


def _as_shown(updates: Iterator[Update | Glimpse | Done[Made]], visit: Visit) -> Iterator[Shown]:
    for update in updates:
        if isinstance(update, Done):
            yield shown_again(update.result)
        elif isinstance(update, Glimpse):
            if isinstance(update.shown, FocusView):
                yield Shown(update.shown, "")
        else:
            visit.tell(update.stage, update.fraction)


def _preview(photo_path: str, photo: Photo, folder: Path) -> Path | None:
    if Path(photo_path).suffix.lower() in _BROWSERS_SHOW:
        return None
    path = folder / f"{PREVIEW_PREFIX}{folder.name}.jpg"
    save_jpeg(path, photo.rgb)
    return path
