"""Finds focal stacks on disk: the published data set, plain folders of photos, and stacks that `stack` wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.media.photo_files import natural_key, picture_files
from refocus.media.stack_files import holds_stack

_PUBLISHED_PREFIX = "FSK_"
_PUBLISHED_PLACE = ("midsize", "undistorted", "RigCenter")
_PUBLISHED_PHOTOS = "focal_position_*_frame_0000.jpg"


@dataclass(frozen=True, slots=True)
class FoundStack:
    """One scene.

    Attributes:
        scene: its name.
        photos: its photos in order of focus, as many as there are.
    """

    scene: str
    photos: tuple[Path, ...]


def find_stacks(folder: Path, *, far_first: bool = False) -> list[FoundStack]:
    """All scenes below a folder, by name; a scene is checked by `check_stack`.

    Args:
        folder: of the published data set (FSK_*/midsize/undistorted/RigCenter), or of folders of photos in natural
            order of their names, or of folders that `stack` wrote; or one such folder.
        far_first: whether the photos of plain folders begin with the farthest focus.

    Raises:
        BadInput: when there is no folder, or no scene in it.
    """
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.", todo="Give a folder of focal stacks.")
    published = [path for path in folder.glob(f"{_PUBLISHED_PREFIX}*") if path.is_dir()]
    if published:
        return [_published(path) for path in sorted(published, key=natural_key)]
    places = [folder, *(path for path in folder.rglob("*") if path.is_dir() and not _is_hidden(path, folder))]
    found = [(place, _plain_photos(place)) for place in places]
    stacks = [
        FoundStack(_scene_name(place, folder), tuple(photos[::-1] if far_first else photos))
        for place, photos in found
        if photos
    ]
    if not stacks:
        raise BadInput(f"{folder} holds no photos.", todo="Give a folder of focal stacks, a folder for each.")
    return sorted(stacks, key=lambda stack: natural_key(Path(stack.scene)))


def check_stack(photos: Sequence[Path]) -> None:
    """Check that photos can be one scene: nine readable pictures of one size.

    Raises:
        BadInput: saying what is wrong.
    """
    if len(photos) != DEFAULT_FRAMES:
        raise BadInput(
            f"It has {len(photos)} photos, but the model learns from {DEFAULT_FRAMES}.",
            todo="Keep nine, focused in even steps from near to far, or leave the scene out.",
        )
    sizes = {_size(path) for path in photos}
    if len(sizes) > 1:
        shown = ", ".join(f"{width}x{height}" for width, height in sorted(sizes))
        raise BadInput(f"Its photos have several sizes: {shown}.", todo="Bring them to one size.")


def _published(scene: Path) -> FoundStack:
    place = scene.joinpath(*_PUBLISHED_PLACE)
    return FoundStack(scene.name, tuple(sorted(place.glob(_PUBLISHED_PHOTOS), key=natural_key)))


def _plain_photos(folder: Path) -> list[Path]:
    photos = picture_files(folder)
    return [path for path in photos if path.name.startswith("frame_")] if holds_stack(folder) else photos


def _scene_name(place: Path, folder: Path) -> str:
    return folder.resolve().name if place == folder else place.relative_to(folder).as_posix()


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _size(path: Path) -> tuple[int, int]:
    """Decode a picture once, so that a damaged file is found now and not after days of training."""
    try:
        with Image.open(path) as image:
            image.load()
            return image.size
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"{path.name} cannot be read: {error}.", todo="Replace it, or leave the scene out.") from error
