"""Feeds damaged and made-up input to every reader, and prints each that answers with anything but one sentence.

A failing input is kept in a folder; put it into a test of its reader. The inputs depend on the seed alone.
Run: python -m tests.benchmarks.fuzz [--seconds 60] [--seed 0] [READER ...]
"""

import argparse
import io
import json
import random
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from refocus.core import RefocusError
from refocus.depth import read_disparity, read_strokes
from refocus.media import Photo, write_video
from refocus.media.archive import unzip_files
from refocus.media.decode import hide_pillow_warnings
from refocus.media.mask import read_mask
from refocus.media.read_video import read_sweep
from refocus.prompts import parse_prompt
from refocus.results.request import RefocusRequest
from refocus.results.saved import StackSettings, read_settings
from tests.media.embedded import photo_files

TEXT = (
    "focus on the blur background f/1.4 85mm at 2 m heart-shaped bokeh rack from to near far red car left eyes sharp "
    "everything no not don't slight very 0.5 100% ∞ -1 1e309 NaN 猫 \u202e \x00 , . ; ( ) « » f/ mm to and then it"
)
MOST_CHANGES = 8
Reader = tuple[Callable[[Path], Any], list[bytes], str]


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _pictures() -> list[bytes]:
    rgb = np.random.default_rng(0).integers(0, 255, (64, 80, 3)).astype(np.uint8)
    picture, exif = Image.fromarray(rgb), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 1.8
    kinds = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")
    files = [_saved(picture, kind, **({"exif": exif} if kind in ("JPEG", "PNG", "WEBP") else {})) for kind in kinds]
    return [*files, _saved(picture, "JPEG", progressive=True), _saved(picture.convert("P"), "PNG")]


def _depth_files() -> list[bytes]:
    values = np.linspace(0, 1, 64 * 80, dtype=np.float32).reshape(64, 80)
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, values)
    np.savez(npz, values)
    return [npy.getvalue(), npz.getvalue(), _saved(Image.fromarray((values * 65535).astype(np.uint16)), "PNG")]


def _gif() -> bytes:
    frames = [Image.new("L", (64, 80), 50 * index) for index in range(5)]
    return _saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def _video(folder: Path) -> bytes:
    frames = [np.full((64, 80, 3), 20 * index, np.uint8) for index in range(8)]
    write_video(folder / "sweep.mp4", frames, fps=8)
    return (folder / "sweep.mp4").read_bytes()


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, data in enumerate(_pictures()[:3]):
            archive.writestr(f"frames/{index}.png", data)
    return file.getvalue()


def readers(folder: Path) -> dict[str, Reader]:
    """Every reader with valid files of its kind, and their ending."""
    settings = StackSettings("thin-lens", RefocusRequest()).to_json().encode()
    strokes = json.dumps({"strokes": [{"kind": "nearer", "points": [[0.4, 0.6], [0.5, 0.6]], "radius": 0.02}]})
    levels = (np.arange(64 * 80) % 256).reshape(64, 80).astype(np.uint8)
    photo, depth = photo_files.jpeg(np.repeat(levels[..., None], 3, axis=-1)), photo_files.png(levels)
    embedded = [
        photo_files.gdepth_photo(photo, depth),
        photo_files.dynamic_photo(photo, depth),
        photo_files.samsung_photo(photo, levels),
    ]
    return {
        "photo": (Photo.open, _pictures(), "jpg"),
        "embedded": (Photo.open, embedded, "jpg"),
        "depth": (lambda path: read_disparity(path, size=(64, 80)), _depth_files(), "npy"),
        "mask": (read_mask, [_saved(Image.new("L", (64, 64), 200), "PNG")], "png"),
        "settings": (read_settings, [settings], "json"),
        "strokes": (read_strokes, [strokes.encode()], "json"),
        "archive": (lambda path: unzip_files(path, folder / "unzipped", endings=(".png",)), [_archive()], "zip"),
        "video": (read_sweep, [_video(folder)], "mp4"),
        "gif": (read_sweep, [_gif()], "gif"),
        "prompt": (lambda path: parse_prompt(path.read_text("utf-8")).describe(), [], "txt"),
    }


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, cut out, repeated or cut off; of JSON also values."""
    if data[:1] == b"{" and dice.random() < 0.7:
        return json.dumps(_other(json.loads(data), dice)).encode()
    changed = bytearray(data)
    for _ in range(dice.randint(1, MOST_CHANGES)):
        at = dice.randrange(len(changed)) if len(changed) > 1 else 0
        how = dice.random()
        if how < 0.6 and changed:
            changed[at] = dice.choice((0, 255, 127, dice.randrange(256)))
        elif how < 0.75:
            del changed[at : at + dice.randint(1, 64)]
        elif how < 0.9:
            changed[at:at] = changed[at : at + dice.randint(1, 64)]
        else:
            del changed[at:]
    return bytes(changed)


def _other(value: Any, dice: random.Random) -> Any:
    """The value with a few parts replaced."""
    if dice.random() < 0.08:
        return dice.choice([None, True, -1, 0, 1e308, 9.5, "", "9", "false", [], {}, [[]], "x" * 1000, 10**30])
    if isinstance(value, dict):
        return {key: _other(one, dice) for key, one in value.items() if dice.random() > 0.02}
    if isinstance(value, list):
        return [_other(one, dice) for one in value]
    return value


def main() -> None:
    """Try them in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("readers", nargs="*")
    args = parser.parse_args()
    hide_pillow_warnings()
    folder, found = Path(tempfile.mkdtemp(prefix="fuzz-")), Counter[str]()
    for name, (read, valid, ending) in readers(folder).items():
        if args.readers and name not in args.readers:
            continue
        dice, tried, refused = random.Random(f"{args.seed} {name}"), 0, 0
        until_s = time.monotonic() + args.seconds
        while time.monotonic() < until_s:
            text = " ".join(dice.choices(TEXT.split(), k=dice.randint(0, 14)))
            data = damaged(dice.choice(valid), dice) if valid else text.encode()
            path = folder / f"input.{ending}"
            path.write_bytes(data)
            tried += 1
            try:
                read(path)
            except RefocusError as error:
                refused += 1
                if "\n" in str(error) or not str(error):
                    found[f"{name}: no sentence: {error}"] += 1
            except Exception as error:  # noqa: BLE001 - finding them is the purpose
                where = traceback.extract_tb(error.__traceback__)[-1]
                what = f"{name}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"[:200]
                if not found[what]:
                    (folder / f"found_{len(found)}_{name}.{ending}").write_bytes(data)
                found[what] += 1
        print(f"{name}: {tried} inputs, {refused} refused", flush=True)
    for what, count in found.items():
        print(f"{count} x {what}")
    print(f"kept in {folder}" if found else "nothing found")


if __name__ == "__main__":
    main()
