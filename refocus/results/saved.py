"""Saved results and settings files: load a `Refocused`, or make the same stack again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_args

from refocus.core import BadInput
from refocus.core.numbers import check_format
from refocus.core.user_text import json_text
from refocus.depth import Meaning
from refocus.media import Camera, Photo, atomic_path, load_stack
from refocus.media.stack_files import STACK_FORMAT
from refocus.results.file_format import upgraded_options
from refocus.results.refocused import Refocused
from refocus.results.request import OPTIONS, RefocusRequest
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
        options = upgraded_options(_typed(described["request"]), described.get("format", 1), engine)
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
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"stack.json in {folder} is not one of ours: {error}.", todo="Make the stack again.") from error


def _built(kind: type[_Data], values: dict[str, Any]) -> _Data:
    """Unknown fields are left out, so that folders of later versions can be opened."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})


_MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class StackSettings:
    """How a stack was made.

    Attributes:
        engine: the engine that made it, by name.
        request: the request, with the values that the engine chose filled in.
        depth_file: name of the user's own depth map, or None.
        depth_is: how to read it.
    """

    engine: str
    request: RefocusRequest
    depth_file: str | None = None
    depth_is: Meaning = "disparity"

    def to_json(self) -> str:
        """As text for a file that `read_settings` reads."""
        depth = None if self.depth_file is None else {"file": self.depth_file, "is": self.depth_is}
        values = {"format": STACK_FORMAT, "engine": self.engine, "request": self.request.to_options(), "depth": depth}
        return json_text(values, indent=2, allow_nan=True) + "\n"


def settings_of(result: Refocused, *, depth_file: str | None = None, depth_is: Meaning = "disparity") -> StackSettings:
    """How a result was made. The result does not know the file of its depth map, so the caller names it."""
    return StackSettings(result.engine, result.request, depth_file, depth_is)


def write_settings(path: str | Path, settings: StackSettings) -> None:
    """Write the file, atomically. Raises BadInput when the place cannot be written."""
    with atomic_path(path) as partial:
        partial.write_text(settings.to_json(), encoding="utf-8")


def read_settings(path: str | Path) -> StackSettings:
    """Read what `write_settings` wrote, or the stack.json of a folder.

    Raises:
        BadInput: when the file is missing or no settings, or says what this version does not know.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput(f"{path} is too large for a settings file.", todo=_TODO)
        values = json.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows add a mark
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path} is no settings file: it is not JSON.", todo=_TODO) from error
    if isinstance(values, dict):
        check_format(values, STACK_FORMAT, str(path))
    if not isinstance(values, dict) or not isinstance(values.get("request"), dict) or "engine" not in values:
        raise BadInput(f"{path} is no settings file: engine or request are missing.", todo=_TODO)
    depth = values.get("depth") or {}
    named: tuple[Any, Any] = (
        (depth.get("file"), depth.get("is", "disparity")) if isinstance(depth, dict) else (depth, "")
    )
    file, meaning = named
    if not isinstance(file, str | None) or meaning not in get_args(Meaning):
        raise BadInput(f"{path} does not say which depth map it used.", todo=_TODO)
    engine, version = str(values["engine"]), values.get("format", 1)
    request = _request(path, values["request"], version, engine)
    return StackSettings(engine, request, file, meaning)


_TODO = "Take the one the app writes, or the stack.json of a stack."


def _request(path: Path, values: dict[str, Any], version: int, engine: str) -> RefocusRequest:
    unknown = sorted(values.keys() - OPTIONS.keys())
    if unknown:
        raise BadInput(f"{path} sets what this version does not know: {', '.join(unknown)}.", todo="Update Refocus.")
    try:
        return RefocusRequest.from_options(upgraded_options(_typed(values), version, engine))
    except TypeError as error:
        raise BadInput(f"{path} holds settings of another kind: {error}.", todo=_TODO) from error
    except BadInput as error:
        raise BadInput(f"{path}: {error.message}", todo=error.todo) from error


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Options as written by hand, where the meaning is plain: 9.0 for 9, and numbers or truth values as text."""
    return {
        name: OPTIONS[name].read(value) if isinstance(value, (str, float)) and name in OPTIONS else value
        for name, value in values.items()
    }
