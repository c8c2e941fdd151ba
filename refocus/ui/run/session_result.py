"""A finished stack of a session, with the files the page shows of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refocus.core import Disparity
from refocus.core.settings import VIDEO_DIFFUSION
from refocus.engines.photo_stack import CAPTURED
from refocus.media import encode_thumbnail
from refocus.results import Refocused
from refocus.results.saved import StackSettings, settings_of
from refocus.subjects.main_subject import MainSubject, main_subject
from refocus.ui.components.page_component import THUMBNAIL_PX
from refocus.ui.run.kept_stack import KeptStack
from refocus.ui.security.shown_text import without_folders
from refocus.ui.viewer.focus_viewer import FocusView, viewer_value
from refocus.ui.viewer.preview_look import PreviewLook

STACK_FILE = "stack.npz"
"""Of the pictures of a stack that is not in memory."""
_SCENE_VALUES = ("engine", "depth", "depth_is", "long_side", "sharp", "depth_source")


@dataclass(frozen=True, slots=True, eq=False)
class SessionResult:
    """A finished stack.

    Attributes:
        photo_path: the photo's file; "" for a stack made from photos of the user's own focal stack.
        stack_paths: the photos of that focal stack; empty for a photo.
        values: the values of the controls (see `control_values`), so that the controls can show them again.
        name: the photo's.
        kept: the stack itself.
        subject: what it opens on, and why.
        view: what the focus viewer shows.
        folder: holds its files, removed with the session.
        thumbnail: a small picture of it.
        extra_folder: where further files of it are written.
        photo_preview: the photo in a format every browser shows, when its own is none; else None.
    """

    photo_path: str
    stack_paths: tuple[str, ...]
    values: Mapping[str, Any]
    name: str
    kept: KeptStack
    subject: MainSubject
    view: FocusView
    folder: Path
    thumbnail: Path
    extra_folder: Path
    photo_preview: Path | None = None

    @property
    def refocused(self) -> Refocused:
        """The stack itself, read from disk when it was released."""
        return self.kept.whole()[0]

    @property
    def untouched(self) -> Disparity | None:
        """Its disparity before any touch-up stroke; None when it was not touched up."""
        return self.kept.whole()[1]

    @property
    def source(self) -> tuple[str, tuple[str, ...]]:
        """The files it was made from."""
        return self.photo_path, self.stack_paths

    @property
    def file_stem(self) -> str:
        """The photo's name in characters every file system takes."""
        return file_stem(self.name)

    @property
    def disparity_before_touch_up(self) -> Disparity:
        """Its disparity without touch-up strokes."""
        return self.untouched or self.refocused.scene.disparity

    def is_scene_of(self, photo_path: str, values: Mapping[str, Any]) -> bool:
        """Whether a run on this photo with these control values needs the same depth, so it is not estimated again."""
        same = all(self.values.get(name) == values.get(name) for name in _SCENE_VALUES)
        return self.source == (photo_path, ()) and same

    def settings(self) -> StackSettings:
        """What the command line needs to make the same stack."""
        depth = self.values.get("depth")
        name = None if depth is None else Path(depth).name
        return settings_of(self.refocused, depth_file=name, depth_is=self.values.get("depth_is", "disparity"))


def file_stem(name: str) -> str:
    """A photo's name in characters every file system takes."""
    return re.sub(r"[^\w-]+", "_", name)[:60].strip("_") or "photo"


def write_session_result(
    source: tuple[str, tuple[str, ...]],
    values: Mapping[str, Any],
    refocused: Refocused,
    folder: Path,
    *,
    photo_preview: Path | None = None,
    untouched: Disparity | None = None,
    subject: MainSubject | None = None,
    scene: str = "",
    draft: FocusView | None = None,
) -> SessionResult:
    """Write what the page shows of a result at once; all other files are written on request.

    Args:
        source: the photo's file and the photos of a focal stack; one of them is empty.
        values: the values of the controls.
        refocused: the stack.
        folder: for the files.
        photo_preview: the photo in a format every browser shows, or None.
        untouched: its disparity before any touch-up stroke; None when it was not touched up.
        subject: of the same scene, when it has been looked for already.
        scene: name of the scene in the viewer; "" for that of the folder.
        draft: what the viewer shows of this scene; its photo and all-in-focus picture are not written again.
    """
    if subject is None:
        subject = main_subject(refocused.scene, refocused.photo_focus)
    refocused = _without_folders(refocused)
    look = _preview_look(refocused)
    photo, all_in_focus = (None, None) if draft is None else (draft.photo, draft.all_in_focus)
    view = viewer_value(
        refocused.stack,
        refocused.scene.disparity,
        folder / "view",
        float(refocused.stack.position_of(subject.disparity)),
        photo_srgb=None if photo else refocused.photo.resized(max(refocused.stack.frames.shape[1:3])).rgb,
        all_in_focus_srgb=None if all_in_focus else refocused.scene.all_in_focus,
        look=look,
        subject=subject.word,
        scene=scene or folder.name,
        description=f"{refocused.photo.name}, refocused",
    )
    if photo is not None:
        view = view.model_copy(update={"photo": photo})
    if all_in_focus is not None and look is not None:
        view = view.model_copy(update={"all_in_focus": all_in_focus})
    thumbnail = folder / "thumbnail.webp"
    thumbnail.write_bytes(encode_thumbnail(refocused.at(view.position), (2 * THUMBNAIL_PX, THUMBNAIL_PX)))
    kept = KeptStack(refocused, untouched, folder / STACK_FILE)
    return SessionResult(
        *source,
        values,
        name=refocused.photo.name,
        kept=kept,
        subject=subject,
        view=view,
        folder=folder,
        thumbnail=thumbnail,
        extra_folder=folder / "files",
        photo_preview=photo_preview,
    )


def _preview_look(result: Refocused) -> PreviewLook | None:
    """The look of a stack, for previews of others; None when its frames do not depend on the look."""
    if result.engine in (VIDEO_DIFFUSION, CAPTURED):
        return None
    between = float(result.stack.focus_disparity[0]), float(result.stack.focus_disparity[-1])
    return PreviewLook.of(result.scene.disparity, between, result.photo.camera, result.request)


def _without_folders(result: Refocused) -> Refocused:
    """The result without folder names in what its notes are made of: visitors see them."""
    disparity, source = result.scene.disparity, without_folders(result.scene.disparity.source)
    if source != disparity.source:
        result = replace(result, scene=replace(result.scene, disparity=replace(disparity, source=source)))
    return replace(result, engine_notes=tuple(map(without_folders, result.engine_notes)))
