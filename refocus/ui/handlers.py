"""What happens when the user does something: translates the page's values to requests and back."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from refocus.core import Cancelled, RefocusError
from refocus.engines import RefocusRequest
from refocus.engines.input_position import find_input_position
from refocus.media import Photo, save_jpeg
from refocus.pipeline import AUTO, RefocusPipeline
from refocus.ui.background import Done, Update
from refocus.ui.chosen import Chosen
from refocus.ui.folders import ResultFolders
from refocus.ui.making import Made, Wish, make, make_captured
from refocus.ui.viewer import FocusView, photo_value
from refocus.ui.words import say
from refocus.ui.words.sentences import finished

PREVIEW_PREFIX = "preview-"
_BROWSERS_SHOW = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the page shows now; None clears a place.

    Attributes:
        view: the focus viewer.
        status: the status line.
        made: what is finished, with its files.
        preview: the photo in a kind every browser shows, when the photo's own is none; else None.
    """

    view: FocusView | None
    status: str
    made: Made | None = None
    preview: Path | None = None


class Handlers:
    """The page's actions. Holds what all sessions share; everything of one session comes in and goes out.

    Args:
        pipeline: runs the engines.
        folders: where results go.
    """

    def __init__(self, pipeline: RefocusPipeline, folders: ResultFolders) -> None:
        self._pipeline = pipeline
        self._folders = folders

    def refocus(
        self, photo_path: str | None, chosen: Chosen, previous: Made | None, progress: gr.Progress, language: str = "en"
    ) -> Iterator[Shown]:
        """The photo at once, then its finished stack. Settings the engine does not heed are left out.

        Args:
            photo_path: the photo's file; None when there is none.
            chosen: what the controls say.
            previous: what was made before in this session.
            progress: told the stage and how much is done.
            language: of what is said.

        Raises:
            gr.Error: with a sentence for the user; what was shown before stays.
        """
        if photo_path is None:
            yield Shown(None, say("status.next", language))
            return
        with told_to_the_user(language):
            heeded = self._pipeline.choose(chosen.engine).engine.spec.options
            wish = Wish(photo_path, chosen.engine, chosen.request(heeded), chosen.depth, chosen.depth_is)
            yield from self._run(wish, previous, progress, language)

    def refocus_stack(
        self, paths: Sequence[str], chosen: Chosen, progress: gr.Progress, language: str = "en"
    ) -> Iterator[Shown]:
        """The user's own focal stack, finished. Args as `refocus`.

        Raises:
            gr.Error: with a sentence for the user; what was shown before stays.
        """
        with told_to_the_user(language):
            request = RefocusRequest(blur=chosen.blur, aperture=chosen.aperture, long_side=chosen.long_side)
            wish = Wish("", AUTO, request, stack_paths=tuple(paths))
            yield from _as_shown(make_captured(self._pipeline, wish, self._folders.new()), progress, language)

    def options(self, engine: str) -> frozenset[str]:
        """What the engine of that name heeds; nothing when there is no such engine."""
        try:
            chosen = self._pipeline.choose(AUTO).engine if engine == AUTO else self._pipeline.engine(engine)
        except RefocusError:
            return frozenset()
        return chosen.spec.options

    def estimated_position(self, photo_path: str | None, engine: str) -> int | None:
        """Where the photo was focused, for an engine that asks; None when there is nothing to tell."""
        if photo_path is None or "input_position" not in self.options(engine):
            return None
        try:
            photo = Photo.open(photo_path, max_pixels=self._pipeline.settings.max_pixels)
            return find_input_position(photo, None).index
        except RefocusError:
            return None  # the run on the same photo says what is wrong

    def forget(self, made: Made | None) -> None:
        """Remove a session's files when it ends."""
        if made is not None:
            self._folders.remove(made.folder)

    def _run(self, wish: Wish, previous: Made | None, progress: gr.Progress, language: str) -> Iterator[Shown]:
        photo = Photo.open(wish.photo_path, max_pixels=self._pipeline.settings.max_pixels)
        folder = self._folders.new()
        if previous is None or not wish.same_scene(previous.wish):
            working = photo.resized(wish.request.long_side)
            view = photo_value(working.rgb, folder / "photo", description=photo.name)
            yield Shown(view, "", preview=_preview(wish.photo_path, working, folder))
        yield from _as_shown(make(self._pipeline, wish, photo, folder, previous), progress, language)


@contextmanager
def told_to_the_user(language: str = "en") -> Iterator[None]:
    """Turns what goes wrong into one sentence on the page; a stop is nothing to tell."""
    try:
        yield
    except Cancelled:
        return
    except RefocusError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except gr.Error:
        raise
    except Exception as error:
        logger.exception("refocusing failed")
        raise gr.Error(say("status.failed", language), print_exception=False) from error


def _as_shown(updates: Iterator[Update | Done[Made]], progress: gr.Progress, language: str) -> Iterator[Shown]:
    for update in updates:
        if isinstance(update, Done):
            yield Shown(update.result.view, finished(update.result.result, language), update.result)
        else:
            progress(update.fraction, desc=update.stage)


def _preview(photo_path: str, photo: Photo, folder: Path) -> Path | None:
    if Path(photo_path).suffix.lower() in _BROWSERS_SHOW:
        return None
    path = folder / f"{PREVIEW_PREFIX}{folder.name}.jpg"
    save_jpeg(path, photo.rgb)
    return path
