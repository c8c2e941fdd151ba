"""Reads depth or disparity from a file of the user."""

import tokenize
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, Disparity
from refocus.core.sizes import DEFAULT_MAX_PIXELS, check_aspect, fitted_size, megapixels
from refocus.depth.resample import enlarge, fill, shrink
from refocus.media.decode import turned_upright, upright_shape
from refocus.media.odd_files import DECODING_ERRORS

Meaning = Literal["auto", "metres", "disparity", "depth"]
Check = Callable[[tuple[int, int]], None]
"""Called with the (height, width) in a file's header; raises BadInput when the map cannot be used."""

_DAMAGED = (
    *DECODING_ERRORS,
    tokenize.TokenError,  # of the header of an .npy file
    zipfile.BadZipFile,
    Image.DecompressionBombError,
)
_VALUES_AT_ONCE = 1 << 20
_LEAST_KNOWN_SHARE = 0.05
_NEAREST_DEPTH_M = 1e-3  # sensors write smaller values where they measured nothing
_MILLIMETRES_FROM = 100  # integer depth with a larger median is in millimetres, as depth cameras write it
_KINDS = "Give a .npy or .npz file (numbers), or a grey PNG with 8 or 16 bits."


def read_disparity(
    path: str | Path, *, size: tuple[int, int], meaning: Meaning = "auto", max_pixels: int = DEFAULT_MAX_PIXELS
) -> Disparity:
    """Read a disparity map from a file.

    Args:
        path: .npy, .npz with one array, or a grey 8- or 16-bit image (PNG or JPEG).
        size: (height, width) of the photo; the map is resized to it.
        meaning: "disparity" (also "auto"): larger is nearer, any scale, returned in [0, 1]. "metres": distance,
            returned in diopters; integers with a median of 100 or more are millimetres. Infinity is infinitely far;
            zero, negative numbers and NaN are holes. "depth": larger is farther, any scale, as where white is
            far; returned in [0, 1], larger is nearer.
        max_pixels: larger maps, and maps of another aspect, are refused from their header alone.

    Returns:
        Map of that size. Holes are filled from the nearest known pixel and mentioned in `source`.

    Raises:
        BadInput: on a file that is missing, unreadable, in colour, not a map, too large, of another aspect (more than
            2 %), nearly empty or flat.
    """
    if meaning not in get_args(Meaning):
        raise BadInput(f"Depth cannot be read as {meaning!r}.", todo="Say disparity, depth or metres.")
    path = Path(path)

    def check(map_size: tuple[int, int]) -> None:
        _check_size(map_size, max_pixels, path)
        check_aspect(map_size, size, path.name)

    raw = _read_numbers(path, check)
    source = f"from the file {path.name}"
    if meaning == "metres":
        values, unit = _diopters(raw)
        source += f" (distances in {unit})"
    else:
        values = np.where(np.isfinite(raw), raw, np.nan).astype(np.float32)
        if meaning == "depth":
            values, source = -values, f"{source} (larger is farther)"
    known_share = float(np.isfinite(values).mean())
    _check_content(values, known_share, path)
    if known_share < 0.995:
        source += f", its {1 - known_share:.0%} of holes filled from their surroundings"
    values = enlarge(fill(shrink(values, size)), size)
    return Disparity(values if meaning == "metres" else _unit_range(values), metric=meaning == "metres", source=source)


def _diopters(raw: NDArray[np.generic]) -> tuple[NDArray[np.float32], str]:
    depth = np.asarray(raw, dtype=np.float64)
    unit = "metres"
    if raw.dtype.kind in "iu" and (depth > 0).any() and np.median(depth[depth > 0]) >= _MILLIMETRES_FROM:
        depth, unit = depth / 1000, "millimetres"
    known = depth >= _NEAREST_DEPTH_M  # False for NaN
    values = np.full(depth.shape, np.nan, np.float32)
    values[known] = 1 / depth[known]  # infinitely far becomes 0
    return values, unit


def _unit_range(values: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    return ((values.astype(np.float64) - low) / (high - low)).astype(np.float32)


def _check_size(map_size: tuple[int, int], max_pixels: int, path: Path) -> None:
    height, width = map_size
    if height * width > max_pixels:
        own, most = megapixels(height * width, max_pixels)
        raise BadInput(
            f"{path.name} is too large a map: {width}x{height} px are {own} megapixels, but at most {most} are taken.",
            todo="Make it smaller; a map needs no more pixels than its photo.",
        )


def _check_content(values: NDArray[np.float32], known_share: float, path: Path) -> None:
    if known_share < _LEAST_KNOWN_SHARE:
        raise BadInput(
            f"{path.name} knows the depth of only {known_share:.1%} of its pixels.",
            todo="Give a fuller map, or none to have it estimated.",
        )
    if np.nanmax(values) <= np.nanmin(values):
        raise BadInput(
            f"{path.name} has the same depth everywhere, so there is nothing to refocus.",
            todo="Give another map, or none to have it estimated.",
        )


def _read_numbers(path: Path, check: Check) -> NDArray[np.generic]:
    """(height, width) array of integers or floats as the file holds them, floats of more than 32 bits as float32."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
            file.seek(0)
            if start.startswith(b"\x93NUMPY"):
                return _read_npy(file, path, check)
            if start.startswith(b"PK"):
                return _read_npz(file, path, check)
            if start.startswith((b"\x89PNG", b"\xff\xd8")):
                return _read_image(file, path, check)
    except BadInput:
        raise
    except _DAMAGED as error:
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else "it is damaged or not a file"
        raise BadInput(f"The depth file {path.name} cannot be read: {reason}.", todo=_KINDS) from error
    raise BadInput(f"{path.name} is not a depth file of a known kind.", todo=_KINDS)


def _read_npz(file: BinaryIO, path: Path, check: Check) -> NDArray[np.generic]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if len(names) != 1 or not names[0].endswith(".npy"):
            raise BadInput(f"{path.name} must hold one array, but holds {len(names)} entries.", todo=_KINDS)
        with archive.open(names[0]) as entry:
            return _read_npy(entry, path, check)  # type: ignore[arg-type]


def _read_npy(file: BinaryIO, path: Path, check: Check) -> NDArray[np.generic]:
    """The header is checked before the values are read; pickled objects are never loaded."""
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(file)
    if version not in headers:
        raise BadInput(f"{path.name} is written in a NumPy format that maps do not use.", todo=_KINDS)
    shape, fortran, dtype = headers[version](file)
    if dtype.kind not in "fiu":
        raise BadInput(f"{path.name} holds {dtype} values instead of plain numbers.", todo=_KINDS)
    map_shape = tuple(side for side in shape if side != 1)
    if len(map_shape) != 2 or 0 in shape:
        raise BadInput(f"{path.name} has shape {shape} instead of (height, width).", todo=_KINDS)
    check((map_shape[0], map_shape[1]))
    flat = _read_values(file, dtype, map_shape[0] * map_shape[1])
    return flat.reshape(map_shape, order="F" if fortran else "C")


def _read_values(file: BinaryIO, dtype: np.dtype, count: int) -> NDArray[np.generic]:
    """Read in blocks, so that float64 needs no more memory than float32. Raises ValueError at an early end."""
    as_float = dtype.kind == "f" and dtype.itemsize > 4
    values: NDArray[np.generic] = np.empty(count, np.float32 if as_float else dtype)
    for start in range(0, count, _VALUES_AT_ONCE):
        here = min(_VALUES_AT_ONCE, count - start)
        with np.errstate(over="ignore"):  # beyond float32 is infinite
            values[start : start + here] = np.frombuffer(file.read(here * dtype.itemsize), dtype=dtype, count=here)
    return values


def _read_image(file: BinaryIO, path: Path, check: Check) -> NDArray[np.generic]:
    with Image.open(file, formats=("PNG", "JPEG")) as image:
        check(upright_shape(image))
        turned = turned_upright(image)
        values = np.asarray(turned.convert("RGBA") if turned.mode in ("P", "LA") else turned)
    if values.ndim == 3:
        if (values[..., :3] != values[..., :1]).any():
            raise BadInput(f"{path.name} is a colour picture; its colours cannot be read as depth.", todo=_KINDS)
        values = values[..., 0]
    return values.astype(np.uint8) if values.dtype == bool else values


def read_photo_depth(
    path: str | Path, photo_size: tuple[int, int], *, meaning: Meaning = "disparity", long_side: int, max_pixels: int
) -> Disparity:
    """The depth map of a photo from a file, at the size a stack of `long_side` pixels is computed at.

    Args:
        path, meaning, max_pixels: as in `read_disparity`.
        photo_size: (width, height).
        long_side: of the stack, px.

    Raises:
        BadInput: when the file is no map of this photo; see `read_disparity`.
    """
    width, height = fitted_size(photo_size, long_side)
    return read_disparity(path, size=(height, width), meaning=meaning, max_pixels=max_pixels)
