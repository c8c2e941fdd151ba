"""A finished result that comes with the app, so that the effect is seen before anything is uploaded.

`python -m tests.make_first_result` makes it again after the engine, the depth or the renderer changed.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import Disparity, FocalStack, Scene
from refocus.media import Photo, encode_webp
from refocus.results import Refocused, RefocusRequest
from refocus.subjects.main_subject import MainSubject
from refocus.ui.app_context import AppContext
from refocus.ui.components.page_component import file_data
from refocus.ui.controls.control_values import control_values
from refocus.ui.folders import assets_folder
from refocus.ui.run.kept_stack import KeptStack
from refocus.ui.run.session_result import STACK_FILE, SessionResult, write_session_result
from refocus.ui.viewer.focus_viewer import FocusView

PHOTO = assets_folder() / "drum.jpg"
FOLDER = assets_folder() / "first"
_ABOUT, _DISPARITY, _SHARP = "about.json", "disparity.png", "sharp.webp"
_IN_VIEW = {"width", "height", "position", "subject", "scene", "blur", "blur_span", "aperture", "description"}
_DISPARITY_STEPS = 1023  # finer than a frame can show, and a third of the bytes of 16 bits
_SHARP_QUALITY = 85


def first_view() -> FocusView | None:
    """What the viewer shows when the page opens; None when nothing is stored."""
    if not (FOLDER / _ABOUT).is_file():
        return None
    view = json.loads((FOLDER / _ABOUT).read_text("utf-8"))["view"]
    return FocusView(
        **view,
        frames=[file_data(path) for path in sorted((FOLDER / "view").glob("focus_*.webp"))],
        photo=file_data(FOLDER / "view" / "photo.webp"),
        all_in_focus=file_data(FOLDER / _SHARP),
        sharpest=file_data(FOLDER / "view" / "sharpest.png"),
    )


def load_first_result(context: AppContext) -> SessionResult | None:
    """The stored result as if it had just been made with the app's settings; None when nothing is stored."""
    view = first_view()
    if view is None:
        return None
    about = json.loads((FOLDER / _ABOUT).read_text("utf-8"))
    frames = np.stack([_pixels(Path(frame.path)) for frame in view.frames])
    refocused = Refocused(
        photo=Photo.open(PHOTO),
        scene=Scene(_pixels(FOLDER / _SHARP), _read_disparity(about["disparity"], frames.shape[1:3])),
        stack=FocalStack(frames, np.array(about["focus_disparity"], np.float32)),
        engine=about["engine"],
        request=RefocusRequest(**about["request"]),
        seconds=about["seconds"],
        engine_notes=tuple(about["notes"]),
        finder=context.pipeline.finder,
    )
    values = control_values({"engine": context.pipeline.settings.engine})
    # The stored folder is never written to or removed; further files go to a folder of this process.
    extra = context.folders.new()
    kept = KeptStack(refocused, None, extra / STACK_FILE)
    shown = MainSubject(**about["subject"]), view, FOLDER, FOLDER / "thumbnail.webp", extra
    return SessionResult(str(PHOTO), (), values, refocused.photo.name, kept, *shown)


def store_first_result(refocused: Refocused, folder: Path) -> None:
    """Write a result the way `load_first_result` reads it: small, as pictures for the browser."""
    result = write_session_result((str(PHOTO), ()), control_values({}), refocused, folder, scene="first")
    (folder / "view" / "all_in_focus.webp").unlink()  # the sharp picture below is finer
    (folder / _SHARP).write_bytes(encode_webp(refocused.scene.all_in_focus, quality=_SHARP_QUALITY, method=6))
    disparity = refocused.scene.disparity
    span = max(disparity.nearest - disparity.farthest, 1e-9)
    steps = np.round((disparity.values - disparity.farthest) / span * _DISPARITY_STEPS).astype(np.uint16)
    Image.fromarray(steps).save(folder / _DISPARITY, optimize=True)
    about = {
        "engine": refocused.engine,
        "request": asdict(refocused.request),
        "seconds": refocused.seconds,
        "notes": list(refocused.notes),
        "focus_disparity": [float(value) for value in refocused.stack.focus_disparity],
        "disparity": {
            "nearest": disparity.nearest,
            "farthest": disparity.farthest,
            "metric": disparity.metric,
            "source": disparity.source,
        },
        "subject": result.subject._asdict(),
        "view": result.view.model_dump(include=_IN_VIEW),
    }
    (folder / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def _read_disparity(about: dict[str, Any], size: tuple[int, int]) -> Disparity:
    with Image.open(FOLDER / _DISPARITY) as picture:
        share = np.asarray(picture, np.float32) / _DISPARITY_STEPS
    if share.shape != size:
        share = np.asarray(cv2.resize(share, (size[1], size[0]), interpolation=cv2.INTER_LINEAR))
    values = about["farthest"] + share * (about["nearest"] - about["farthest"])
    return Disparity(values.astype(np.float32), metric=about["metric"], source=about["source"])


def _pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
