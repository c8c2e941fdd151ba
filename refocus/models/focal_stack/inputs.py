"""The size a run works at: the one asked for, or that of the photo."""

from refocus.core import BadInput
from refocus.models.focal_stack.sizes import MULTIPLE_PX, working_size


def chosen_size(
    photo_size: tuple[int, int], width: int | None, height: int | None, *, multiple_px: int
) -> tuple[int, int]:
    """The size to work at: the one asked for, or else `working_size`.

    Args:
        photo_size: (width, height) of the photo.
        width, height: asked for; both or none.
        multiple_px: what the VAE's compression needs.

    Raises:
        BadInput: when the size asked for is not usable.
    """
    if width is None and height is None:
        return working_size(*photo_size)
    return _usable("width", width, multiple_px), _usable("height", height, multiple_px)


def _usable(name: str, side_px: int | None, multiple_px: int) -> int:
    if not isinstance(side_px, int) or side_px < MULTIPLE_PX or side_px % multiple_px:
        raise BadInput(
            f"{name} is {side_px!r}.",
            todo=f"Give both width and height as multiples of {multiple_px}, at least {MULTIPLE_PX}, or neither.",
        )
    return side_px
