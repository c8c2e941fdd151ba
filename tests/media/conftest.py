"""ICC profiles made by hand (ICC.1:2001-04), so that expected colours can be worked out independently."""

import struct
from collections.abc import Callable

import numpy as np
import pytest

from refocus.core import Disparity, FocalStack, Scene, stack_focus_disparity

# Display P3 colorants adapted to D50, as the profile Apple ships has them.
P3_TO_XYZ_D50 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(value) for value in values)


def _text(words: str) -> bytes:
    data = words.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (4 + 4 + 2 + 1 + 67)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += b"".join(_fixed(value) for value in (0.9642, 1.0, 0.8249))
    return header.ljust(128, b"\0") + table + body


@pytest.fixture
def rgb_profile() -> Callable[..., bytes]:
    """Makes a profile of three colorants (rows X, Y, Z of a 3x3 matrix) and one gamma."""

    def make(name: str = "Test P3", to_xyz_d50: tuple = P3_TO_XYZ_D50, gamma: float = 2.2) -> bytes:
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
        columns = list(zip(*to_xyz_d50, strict=True))
        tags = {b"desc": _text(name), b"wtpt": _xyz((0.9642, 1.0, 0.8249))}
        tags |= {tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
        return _profile(b"mntr", b"RGB ", b"XYZ ", tags)

    return make


@pytest.fixture
def grey_profile() -> bytes:
    """Grey with gamma 1: the pixel value is linear light."""
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    tags = {b"desc": _text("Linear grey"), b"wtpt": _xyz((0.9642, 1.0, 0.8249)), b"kTRC": curve}
    return _profile(b"mntr", b"GRAY", b"XYZ ", tags)


@pytest.fixture
def cmyk_profile() -> bytes:
    """A press on which ink only makes grey: lightness falls with black ink, from 100 to 0; cyan tints to a* = -40."""
    corners = [(lightness, -40 if cyan else 0, 0) for cyan in (0, 1) for _ in range(4) for lightness in (100, 0)]
    lab8 = bytes(value for light, a, b in corners for value in (round(light * 2.55), a + 128, b + 128))
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + b"".join(_fixed(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    tags = {
        b"desc": _text("Test press"),
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        b"A2B0": table + ramp * 4 + lab8 + ramp * 3,
    }
    return _profile(b"prtr", b"CMYK", b"Lab ", tags)


@pytest.fixture
def stack() -> FocalStack:
    """Four frames of 70x96 px, each of its own brightness, with a bright square that moves."""
    frames = np.empty((4, 70, 96, 3), np.uint8)
    for index in range(4):
        frames[index] = (40 + 40 * index, 90, 200 - 30 * index)
        frames[index, 20:40, 10 + 15 * index : 30 + 15 * index] = 250
    return FocalStack(frames, stack_focus_disparity(1.0, 0.0, 4))


@pytest.fixture
def scene(stack: FocalStack) -> Scene:
    """The scene of `stack`: a ramp of disparity, nearest at the bottom."""
    values = np.repeat(np.linspace(0.0, 1.0, 70, dtype=np.float32)[:, None], 96, axis=1)
    return Scene(stack.frames[1], Disparity(values, metric=False, source="a ramp"))
