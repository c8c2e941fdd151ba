"""Loads a saved `Refocused`; nothing is estimated again."""

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from refocus.core import BadInput
from refocus.media import Camera, Photo, load_stack
from refocus.results.file_format import upgraded_options
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest
from refocus.results.stack_size import check_files

_Data = TypeVar("_Data", Camera, RefocusRequest)


def is_saved(path: str | Path) -> bool:
    """Whether the path is a folder, as `Refocused.save` writes one, and not a photo."""
    return Path(path).is_dir()


def load_refocused(folder: str | Path, *, max_stack_pixels: int | None = None) -> Refocused:
    """Load what `Refocused.save` wrote. The photo itself is not saved, so the all-in-focus picture replaces it.

    Args:
        folder: written by `Refocused.save`.
        max_stack_pixels: limit for all frames together, for a folder from elsewhere; None for no limit.

    Raises:
        BadInput: when files are missing, damaged, too large or do not fit together.
    """
    if max_stack_pixels is not None:
        check_files(sorted(Path(folder).glob("frame_*.png")), max_stack_pixels)
    stack, scene, described = load_stack(folder)
    try:
        engine = str(described["engine"])
        options = upgraded_options(described["request"], described.get("format", 1), engine)
        return Refocused(
            photo=Photo(
                scene.all_in_focus,
                camera=_built(Camera, described["camera"]),
                name=str(described.get("photo", "photo")),
            ),
            scene=scene,
            stack=stack,
            engine=engine,
            request=_built(RefocusRequest, options),
            seed=described.get("seed"),
            seconds=dict(described.get("seconds", {})),
            engine_notes=tuple(described.get("engine_notes", described.get("notes", ()))),
            prompt_notes=tuple(described.get("prompt_notes", ())),
            rerendered=bool(described.get("rerendered", False)),
            weights=dict(described.get("weights", {})),
            photo_focus=described.get("photo_focus"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"stack.json in {folder} is not one of ours: {error}.", todo="Make the stack again.") from error


def _built(kind: type[_Data], values: dict[str, Any]) -> _Data:
    """Unknown fields are left out, so that folders of later versions can be opened."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})
